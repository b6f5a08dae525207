'use strict';
// Opens findings, searches and sorts the rows that are in the page. The page of one stack has no table. Nothing here makes markup.
const root = document.documentElement;
root.classList.add('js');
const byId = id => document.getElementById(id);
const tableBody = byId('tab')?.tBodies[0];
const pairs = [...tableBody?.querySelectorAll(':scope > tr.row') ?? []].map(row => ({row, more: row.nextElementSibling}));
const openerOf = row => row.querySelector('.open button');

const isDark = () => root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
const nameTheme = () => { byId('theme').textContent = isDark() ? 'Light' : 'Dark'; };
byId('theme').onclick = () => { root.dataset.theme = isDark() ? 'light' : 'dark'; nameTheme(); };
nameTheme();
byId('print').onclick = () => print();

const toggle = ({row, more}, isOpen) => {
  more.hidden = !isOpen;
  row.classList.toggle('expanded', isOpen);
  openerOf(row).setAttribute('aria-expanded', String(isOpen));
  openerOf(row).textContent = isOpen ? '▾' : '▸';
};
for (const pair of pairs) {
  toggle(pair, false);
  pair.row.addEventListener('click', event => {
    if (event.target.closest('a') || getSelection().toString()) return;
    toggle(pair, pair.more.hidden);
  });
}

const search = byId('q'), hits = byId('hits');
if (search) search.oninput = () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const pair of pairs) {
    const text = (pair.row.textContent + ' ' + pair.more.textContent).toLowerCase();
    const isHit = words.every(word => text.includes(word));
    pair.row.hidden = !isHit;
    if (!isHit) toggle(pair, false);
    shown += isHit;
  }
  hits.textContent = words.length ? shown + ' of ' + pairs.length : '';
};

const heads = [...document.querySelectorAll('#tab > thead th')];
for (const head of heads.filter(it => it.dataset.sort)) {
  const at = heads.indexOf(head);
  const keyOf = pair => {
    const cell = pair.row.cells[at];
    return cell.dataset.n === undefined ? cell.textContent : +cell.dataset.n;
  };
  const isNumber = head.classList.contains('n');
  head.querySelector('button').onclick = () => {
    const before = head.getAttribute('aria-sort');
    for (const other of heads) if (other.dataset.sort) other.setAttribute('aria-sort', 'none');
    const isDescending = before === 'none' ? isNumber : before === 'ascending';
    head.setAttribute('aria-sort', isDescending ? 'descending' : 'ascending');
    const sign = isDescending ? -1 : 1;
    pairs.sort((a, b) => sign * (isNumber ? keyOf(a) - keyOf(b) : keyOf(a).localeCompare(keyOf(b))));
    tableBody.append(...pairs.flatMap(pair => [pair.row, pair.more]));
  };
}

// `#s-3` opens a row; paper has all findings.
const follow = () => {
  const pair = pairs.find(it => '#' + it.row.id === location.hash);
  if (pair) { toggle(pair, true); pair.row.scrollIntoView({block: 'center'}); }
};
addEventListener('hashchange', follow);
addEventListener('beforeprint', () => pairs.forEach(pair => toggle(pair, !pair.row.hidden)));
follow();
