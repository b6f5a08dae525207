'use strict';
// The data of the page: see src/render/html/data.rs of leakscope. Nothing here parses markup: elements are made, texts are set as texts.
const root = document.documentElement;
root.classList.add('js');
const byId = id => document.getElementById(id);
const data = JSON.parse(byId('data').textContent);
const {strings, frames, own, files, parent, at, counts, n: rowCount, k: width} = data;
const last = width - 1;
const isSeries = width > 1;

const column = (name, i) => Array.isArray(data.cols[name]) ? data.cols[name][i] : data.cols[name];
const textOf = (name, i) => { const id = column(name, i); return id >= 0 ? strings[id] : ''; };
const count = (i, k) => counts[i * width + k];
const gain = i => count(i, last) - count(i, 0);

const number = value => value.toLocaleString('en-US');
const signed = value => (value > 0 ? '+' : '') + number(value);
const plural = (value, noun) => number(value) + ' ' + noun + (value === 1 ? '' : 's');
const duration = s => s >= 7200 ? +(s / 3600).toPrecision(3) + ' h' : s >= 120 ? +(s / 60).toPrecision(3) + ' min' : s + ' s';

// What a row is.
const noun = rowCount && textOf('key', 0) ? 'group' : 'stack';

// Frames by their numbers.
const functionOf = frame => strings[frames[3 * frame]];
const fileOf = frame => strings[frames[3 * frame + 1]];
const lineOf = frame => frames[3 * frame + 2];
const isUsers = frame => own[frame] === 'u';
const isLibrary = frame => own[frame] === 's' || own[frame] === 'r';
const withLine = (file, line) => line ? file + ':' + line : file;
const placeOf = frame => fileOf(frame) ? withLine(fileOf(frame), lineOf(frame)) : '';
const shownPlaceOf = frame => {
  const shown = files[frames[3 * frame + 1]];
  return shown ? withLine(strings[shown[0]], lineOf(frame)) : '';
};
const shortNames = new Map();
const short = name => {
  if (shortNames.has(name)) return shortNames.get(name);
  const paren = name.indexOf('('), head = paren < 0 ? name : name.slice(0, paren);
  let start = head.lastIndexOf('/') + 1;
  if (/^v\d+[.]/.test(head.slice(start))) start = head.lastIndexOf('/', start - 2) + 1;
  let text = name.slice(start);
  if (text.length > 96) text = text.slice(0, 32) + '…' + text.slice(-63);
  shortNames.set(name, text);
  return text;
};
const packageOf = name => {
  const paren = name.indexOf('('), head = paren < 0 ? name : name.slice(0, paren);
  const dot = head.indexOf('.', head.lastIndexOf('/') + 1);
  return dot < 0 ? head : head.slice(0, dot);
};
const linkTo = frame => {
  const shown = files[frames[3 * frame + 1]];
  if (!data.link || !isUsers(frame) || !shown || !shown[1] || !lineOf(frame)) return null;
  const path = (data.link.folder ? data.link.folder + '/' : '') + strings[shown[0]];
  const encoded = path.split('/').map(part => encodeURIComponent(part).replace(/[!'()*]/g, c => '%' + c.charCodeAt(0).toString(16).toUpperCase()));
  return data.link.template.replace('{line}', () => lineOf(frame)).replace('{file}', () => encoded.join('/'));
};

// The stack of a row, innermost frame first.
const stackOf = i => {
  const stack = [];
  for (let node = column('node', i); node; node = parent[node]) stack.push(at[node]);
  return stack;
};
const siteOf = i => { const site = column('site', i); return site >= 0 ? site : stackOf(i)[0]; };

const element = (tag, attributes, ...children) => {
  const it = document.createElement(tag);
  for (const name in attributes) if (attributes[name] != null) it.setAttribute(name, attributes[name]);
  it.append(...children.filter(child => child != null));
  return it;
};
const drawn = (tag, attributes, ...children) => {
  const it = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const name in attributes) it.setAttribute(name, attributes[name]);
  it.append(...children);
  return it;
};
const button = (text, attributes, click) => {
  const it = element('button', {type: 'button', ...attributes}, text);
  it.onclick = () => click(it);
  return it;
};
const placeElement = frame => {
  const link = linkTo(frame), place = shownPlaceOf(frame);
  return link ? element('a', {class: 'where mono', rel: 'noreferrer noopener', href: link}, place) : element('span', {class: 'where mono'}, place);
};

// Theme, print, copy.
const isDark = () => root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
const nameTheme = () => { byId('theme').textContent = isDark() ? 'Light' : 'Dark'; };
const flipTheme = () => { root.dataset.theme = isDark() ? 'light' : 'dark'; nameTheme(); };
byId('theme').onclick = flipTheme;
nameTheme();
byId('print').onclick = () => print();

const copy = (text, from) => {
  const done = isCopied => {
    if (!from) return;
    const before = from.textContent;
    from.textContent = isCopied ? 'Copied' : 'Press Ctrl+C';
    setTimeout(() => { from.textContent = before; }, 1200);
  };
  // A page from a file has no clipboard in some browsers.
  const byCommand = () => {
    const area = element('textarea', {class: 'hidden'});
    area.value = text;
    document.body.append(area);
    area.select();
    let isCopied = false;
    try { isCopied = document.execCommand('copy'); } catch { isCopied = false; }
    area.remove();
    done(isCopied);
  };
  if (navigator.clipboard) navigator.clipboard.writeText(text).then(() => done(true), byCommand);
  else byCommand();
};
const ticketOf = article => {
  const one = text => text.replace(/\s+/g, ' ').trim();
  const code = text => '`' + one(text).replace(/`/g, '\u02cb') + '`';
  const lines = ['### ' + code(article.querySelector('h3').textContent), ''];
  for (const step of article.querySelectorAll('.road > li')) {
    const name = step.querySelector('.step').textContent;
    const what = [...step.childNodes].filter(it => it.nodeType === 3 || !it.matches('.step, pre, p')).map(it => it.textContent).join('');
    lines.push('- ' + name + ' ' + code(what));
  }
  for (const term of article.querySelectorAll('dl.facts > dt')) lines.push('- ' + term.textContent + ': ' + code(term.nextElementSibling.textContent));
  for (const item of article.querySelectorAll('ul.evidence.main > li')) lines.push('- ' + code(item.textContent));
  const advice = article.querySelector('.advice');
  if (advice) lines.push('', 'Fix: ' + code(advice.textContent));
  return lines.join('\n') + '\n';
};
document.addEventListener('click', event => {
  const target = event.target.closest('[data-copy], [data-ticket], [data-map]');
  if (!target) return;
  if (target.dataset.copy != null) copy(target.parentElement.querySelector('pre').textContent, target);
  else if (target.dataset.ticket) copy(ticketOf(target.closest('article')), target);
  else showInMap(rowOfFingerprint(target.dataset.map));
});
