// Keys, links to a stack, print.
const help = byId('help');
byId('keys').onclick = () => help.showModal();
byId('close-help').onclick = () => help.close();
const shownRowElements = () => [...tableBody.querySelectorAll('tr.row')];
const focusedRow = () => document.activeElement.closest('tr.row');
const goTo = id => {
  const target = byId(id);
  if (!target) return;
  const folded = target.closest('details');
  if (folded) folded.open = true;
  target.scrollIntoView();
};
const moveBy = step => {
  const rows = shownRowElements(), to = rows[Math.max(0, rows.indexOf(focusedRow()) + step)];
  if (!to) return;
  openerOf(to).focus({preventScroll: true});
  to.scrollIntoView({block: 'nearest'});
};
const keys = {
  '/': () => { search.focus(); byId('stacks').scrollIntoView(); },
  '?': () => help.showModal(),
  d: flipTheme,
  j: () => moveBy(1),
  k: () => moveBy(-1),
  m: () => { goTo('map'); ice.focus({preventScroll: true}); },
  s: () => { goTo('stacks'); const row = shownRowElements()[0]; if (row) openerOf(row).focus({preventScroll: true}); },
  c: () => { const row = focusedRow(); if (row) copy(stackText(+row.dataset.i)); },
  '[': () => moveSnapshot(-1),
  ']': () => moveSnapshot(1),
};
const moveSnapshot = step => {
  if (!slider) return;
  slider.value = Math.max(0, Math.min(last, snapshot + step));
  slider.oninput();
};
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  const {tagName, type} = event.target;
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(tagName) && type !== 'range' && type !== 'checkbox') {
    if (event.key === 'Escape') event.target.blur();
    return;
  }
  const act = /^[1-9]$/.test(event.key) ? () => goTo('c' + event.key) : Object.hasOwn(keys, event.key) ? keys[event.key] : null;
  if (!act) return;
  act();
  event.preventDefault();
});

// `#s-FINGERPRINT` opens a stack, `#c1` a cause that is folded.
const follow = () => {
  const stack = /^#s-([0-9a-f]{6,16})$/.exec(location.hash);
  if (stack) {
    search.value = 'fp:' + stack[1];
    chip = '';
    for (const it of byId('chips').children) it.setAttribute('aria-pressed', 'false');
    refresh();
    const row = shownRowElements()[0];
    if (row) { toggle(row, true); row.scrollIntoView({block: 'center'}); }
  } else if (/^#c\d+$/.test(location.hash)) goTo(location.hash.slice(1));
};
addEventListener('hashchange', follow);
addEventListener('beforeprint', () => {
  for (const it of document.querySelectorAll('details')) if (!it.closest('.tree')) it.open = true;
});
let resizeTimer;
addEventListener('resize', () => { clearTimeout(resizeTimer); resizeTimer = setTimeout(draw, 150); });
tree = buildTree();
refresh();
rebuild();
follow();
