// The table: search, chips, sort, and the whole stack below a row.
const tableBody = byId('tab').tBodies[0], moreRows = byId('more-rows'), search = byId('q');
const columns = isSeries ? 7 : 5;
let order = [], shownRows = 0, chip = '', sortedBy = '', isDescending = true;

const rowOfFingerprint = text => {
  for (let i = 0; i < rowCount; i++) if (text.startsWith(column('fp', i))) return i;
  return -1;
};
const haystacks = new Array(rowCount);
const haystack = i => haystacks[i] ??= [
  ...stackOf(i).map(frame => functionOf(frame) + ' ' + placeOf(frame)),
  column('spawn', i) >= 0 ? functionOf(column('spawn', i)) + ' ' + placeOf(column('spawn', i)) : '',
  textOf('key', i), textOf('words', i), textOf('verdict', i), textOf('background', i), column('fp', i),
  ...(column('labels', i) || []).map(label => strings[label[0]] + '=' + strings[label[2]]),
].join('\n').toLowerCase();
const isKind = (i, kind) => {
  switch (kind) {
    case 'growing': return !!column('grows', i);
    case 'proven': return column('proven', i) > 0;
    case 'background': return column('background', i) >= 0;
    case 'new': return count(i, 0) === 0 && count(i, last) > 0;
    case 'gone': return count(i, 0) > 0 && count(i, last) === 0;
    default: return false;
  }
};
const matches = (term, i) => {
  if (term[0] === '-' && term.length > 1) return !matches(term.slice(1), i);
  const comparison = /^(gain|count)([<>]=?)(-?\d+)$/.exec(term);
  if (comparison) {
    const value = comparison[1] === 'gain' ? gain(i) : count(i, last), wanted = +comparison[3];
    return {'>': value > wanted, '<': value < wanted, '>=': value >= wanted, '<=': value <= wanted}[comparison[2]];
  }
  const colon = term.indexOf(':'), key = colon > 0 ? term.slice(0, colon) : '', value = term.slice(colon + 1);
  if (key === 'blocked') return textOf('words', i).replace(/ /g, '').includes(value.replace(/-/g, ''));
  if (key === 'is') return isKind(i, value);
  if (key === 'fp') return column('fp', i).startsWith(value) || value.startsWith(column('fp', i));
  return haystack(i).includes(term);
};
const sortKeys = {
  count: i => count(i, last),
  gain,
  blocked: i => textOf('words', i),
  site: i => textOf('key', i) || (siteOf(i) == null ? '' : functionOf(siteOf(i))),
  spawn: i => column('spawn', i) >= 0 ? functionOf(column('spawn', i)) : '',
};
const refresh = () => {
  const terms = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  order = [];
  let sum = 0;
  for (let i = 0; i < rowCount; i++) {
    if ((chip && textOf('blocked', i) !== chip) || !terms.every(term => matches(term, i))) continue;
    order.push(i);
    sum += count(i, last);
  }
  if (sortedBy) {
    const key = sortKeys[sortedBy], sign = isDescending ? -1 : 1;
    const keys = new Map(order.map(i => [i, key(i)]));
    order.sort((a, b) => (keys.get(a) < keys.get(b) ? -sign : keys.get(a) > keys.get(b) ? sign : 0) || a - b);
  }
  byId('hits').textContent = plural(order.length, noun) + ', ' + plural(sum, 'goroutine');
  tableBody.replaceChildren();
  shownRows = 0;
  addRows(25);
  markInMap(terms.filter(term => !/[:<>]/.test(term) && term[0] !== '-'));
};
const addRows = by => {
  const added = document.createDocumentFragment();
  for (const i of order.slice(shownRows, shownRows + by)) added.append(rowElement(i));
  tableBody.append(added);
  shownRows = Math.min(order.length, shownRows + by);
  moreRows.hidden = shownRows >= order.length;
  moreRows.textContent = `Show ${number(Math.min(500, order.length - shownRows))} more of ${number(order.length - shownRows)}`;
};
moreRows.onclick = () => addRows(500);

const trend = i => {
  const bars = Math.min(width, 24), values = [];
  for (let bar = 0; bar < bars; bar++) values.push(count(i, Math.round(bar * last / Math.max(1, bars - 1))));
  const low = Math.min(...values), high = Math.max(...values), step = 100 / bars;
  const path = values.map((value, bar) => `M${(bar * step).toFixed(1)} 20v-${(high > low ? 2 + 18 * (value - low) / (high - low) : 4).toFixed(1)}h${(step * .8).toFixed(1)}V20z`);
  return drawn('svg', {class: 'trend', viewBox: '0 0 100 20', preserveAspectRatio: 'none', 'aria-hidden': 'true'}, drawn('path', {d: path.join('')}));
};
const frameElements = frame => frame == null || frame < 0 ? ['–'] : [element('code', {}, short(functionOf(frame))), ' ', placeElement(frame)];
const whereElements = i => {
  const key = textOf('key', i);
  if (!key && siteOf(i) == null) return [element('span', {class: 'muted'}, 'no stack recorded')];
  if (!key) return frameElements(siteOf(i));
  return [element('code', {}, key), ' ', ...(siteOf(i) == null ? [] : frameElements(siteOf(i)))];
};
const rowElement = i => {
  const kind = column('background', i) >= 0 ? ' background' : column('grows', i) ? ' grew' : '';
  const waits = textOf('words', i) || '–', site = siteOf(i);
  const row = element('tr', {class: 'row' + kind, 'data-i': i, id: 's-' + column('fp', i)});
  const name = textOf('key', i) || (site == null ? 'a row' : short(functionOf(site)));
  const opener = element('button', {type: 'button', 'aria-expanded': 'false', 'aria-label': 'Whole stack of ' + name}, '▸');
  row.append(element('td', {class: 'open'}, opener), element('td', {class: 'n'}, number(count(i, last))));
  if (isSeries) row.append(element('td', {class: 'n gain'}, signed(gain(i))), element('td', {class: 'hide-tiny'}, trend(i)));
  row.append(
    element('td', {class: 'hide-tiny'}, element('span', {class: column('inferred', i) ? 'inferred' : 'stated'}, waits)),
    element('td', {class: 'wide'}, element('span', {class: 'only-tiny muted'}, waits), ...whereElements(i)),
    element('td', {class: 'wide hide-small'}, ...frameElements(column('spawn', i))),
  );
  return row;
};

const stackText = i => {
  const stack = stackOf(i).map(frame => functionOf(frame) + '\n\t' + placeOf(frame) + '\n').join('');
  const spawn = column('spawn', i);
  const created = spawn >= 0 ? 'created by ' + functionOf(spawn) + '\n\t' + placeOf(spawn) + '\n' : '';
  return plural(count(i, last), 'goroutine') + ' [' + (textOf('words', i) || 'unknown') + ']:\n' + stack + created;
};
const detailElement = i => {
  const facts = element('dl', {class: 'facts'});
  const fact = (name, ...what) => facts.append(element('dt', {}, name), element('dd', {}, ...what));
  const cause = column('cause', i);
  if (cause && byId('c' + cause)) fact('cause', element('a', {href: '#c' + cause}, byId('h' + cause).textContent));
  fact('counts', Array.from({length: width}, (_, k) => number(count(i, k))).join('  '));
  if (textOf('why', i)) fact('growth', textOf('verdict', i) + ': ' + textOf('why', i));
  if (column('proven', i) >= 0) fact('proven', number(column('proven', i)) + ' of ' + number(count(i, last)) + ' by Go’s garbage collector');
  const waited = column('waited', i);
  if (waited) fact('waited', waited[0] === waited[2] ? duration(waited[0]) : duration(waited[0]) + ' to ' + duration(waited[2]));
  if (column('heap', i)) fact('heap', number(column('heap', i)) + ' bytes (inferred)');
  if (textOf('background', i)) fact('background', textOf('background', i));
  for (const [key, values, most, mostCount, all] of column('labels', i) || []) {
    fact('label', element('code', {}, strings[key]), ` on ${number(all)}, ${plural(values, 'value')}, `, element('code', {}, strings[most] || '(empty)'), ` on ${number(mostCount)}`);
  }
  fact('fingerprint', element('code', {}, column('fp', i)));
  const list = element('ol', {class: 'stack mono', 'aria-label': 'Stack, innermost frame first'});
  const frame = (it, ...before) => list.append(element('li', {}, ...before,
    element('span', {class: isUsers(it) ? 'own' : 'other'}, functionOf(it)), element('span', {class: 'file'}, placeOf(it))));
  for (const it of stackOf(i)) frame(it);
  if (column('cut', i)) list.append(element('li', {class: 'other'}, '… Go left out the rest of this stack'));
  const spawn = column('spawn', i);
  if (spawn >= 0) frame(spawn, element('span', {class: 'other'}, column('spawnInferred', i) ? 'started by (inferred) ' : 'started by '));
  const buttons = element('p', {class: 'no-print'},
    button('Copy stack', {}, it => copy(stackText(i), it)), ' ',
    button('Show in the map', {}, () => showInMap(i)), ' ',
    button('Copy fingerprint', {}, it => copy(column('fp', i), it)));
  return element('tr', {class: 'more'}, element('td', {colspan: columns}, list, facts, buttons));
};
const openerOf = row => row.querySelector('.open button');
const toggle = (row, wanted) => {
  const next = row.nextElementSibling, isOpen = !!next && next.classList.contains('more');
  if (wanted === isOpen) return;
  if (isOpen) next.remove(); else row.after(detailElement(+row.dataset.i));
  row.classList.toggle('expanded', !isOpen);
  openerOf(row).setAttribute('aria-expanded', String(!isOpen));
  openerOf(row).textContent = isOpen ? '▸' : '▾';
};
tableBody.addEventListener('click', event => {
  const row = event.target.closest('tr.row');
  if (!row || event.target.closest('a') || getSelection().toString()) return;
  openerOf(row).focus({preventScroll: true});
  toggle(row);
});
for (const head of document.querySelectorAll('th[data-sort]')) {
  head.querySelector('button').onclick = () => {
    const before = head.getAttribute('aria-sort');
    for (const other of document.querySelectorAll('th[data-sort]')) other.setAttribute('aria-sort', 'none');
    sortedBy = head.dataset.sort;
    isDescending = before === 'none' ? /count|gain/.test(sortedBy) : before === 'ascending';
    head.setAttribute('aria-sort', isDescending ? 'descending' : 'ascending');
    refresh();
  };
}
let searchTimer;
search.oninput = () => { clearTimeout(searchTimer); searchTimer = setTimeout(refresh, rowCount > 2000 ? 120 : 20); };

const addChips = () => {
  const byWait = new Map();
  for (let i = 0; i < rowCount; i++) byWait.set(textOf('blocked', i), (byWait.get(textOf('blocked', i)) || 0) + count(i, last));
  const chips = byId('chips');
  for (const [name, sum] of [...byWait].sort((a, b) => b[1] - a[1]).slice(0, 10)) {
    if (!name || !sum) continue;
    chips.append(button(name + ' ' + number(sum), {'aria-pressed': 'false'}, pressed => {
      chip = chip === name ? '' : name;
      for (const other of chips.children) other.setAttribute('aria-pressed', String(other === pressed && chip === name));
      refresh();
    }));
  }
};
addChips();
