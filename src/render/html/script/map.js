// The map: a tree of boxes, made anew for a snapshot, a mode and a first level; drawn below the box that is zoomed to.
const ice = byId('ice'), slider = byId('snapshot'), detail = byId('det'), outline = byId('outline');
const LEVEL = 22;
let mode = 'now', snapshot = last, firstBy = 'spawn', withLibraries = false;
let tree = null, zoomed = null, current = null, boxes = [], marked = [];
let hasOwn = false;
for (let frame = 0; frame < own.length && !hasOwn; frame++) hasOwn = !isLibrary(frame);

// One box for one function (not line) below its caller; frame is -1 for what has none.
const newBox = (name, frame, above) => ({name, frame, above, now: 0, came: 0, went: 0, stacks: 0, below: new Map(), rows: null});
const buildTree = () => {
  const all = newBox('all goroutines', -1, null), way = [];
  for (let i = 0; i < rowCount; i++) {
    const now = count(i, snapshot), before = count(i, 0), came = Math.max(0, now - before), went = Math.max(0, before - now);
    if (!(mode === 'now' ? now : mode === 'came' ? came : went)) continue;
    let box = all;
    const add = it => { it.now += now; it.came += came; it.went += went; it.stacks++; };
    const step = (key, name, frame) => {
      let next = box.below.get(key);
      if (!next) box.below.set(key, next = newBox(name(), frame, box));
      add(next);
      box = next;
    };
    add(all);
    const spawn = column('spawn', i);
    if (firstBy === 'blocked') step('b' + column('blocked', i), () => textOf('blocked', i) || 'not known', -1);
    if (firstBy === 'package') {
      const site = siteOf(i), name = site == null ? '(no frames)' : packageOf(functionOf(site));
      step('p' + name, () => name, -1);
    }
    if (firstBy !== 'none') step('g' + (spawn < 0 ? '' : frames[3 * spawn]), () => spawn < 0 ? 'go statement not known' : 'go ' + short(functionOf(spawn)), spawn);
    const key = textOf('key', i);
    if (key) step('k' + key, () => key, -1);
    way.length = 0;
    let owned = 0;
    for (let node = column('node', i); node; node = parent[node]) { way.push(at[node]); if (!isLibrary(at[node])) owned++; }
    const isSkipping = !withLibraries && hasOwn && owned > 0;
    for (let j = way.length; j--;) {
      const frame = way[j];
      if (!(isSkipping && isLibrary(frame))) step(frames[3 * frame], () => short(functionOf(frame)), frame);
    }
    (box.rows ??= []).push(i);
  }
  return all;
};
const fullName = box => box.frame < 0 ? '' : functionOf(box.frame);
const placeOfBox = box => box.frame < 0 ? '' : placeOf(box.frame);
const size = box => mode === 'now' ? box.now : mode === 'came' ? box.came : box.went;
const pathOf = box => { const path = []; for (; box; box = box.above) path.unshift(box); return path; };
const keysOf = box => pathOf(box).slice(1).map(it => [...it.above.below].find(entry => entry[1] === it)[0]);
const sentenceOf = box => {
  const share = (100 * box.now / Math.max(1, tree.now)).toFixed(1).replace('.0', '');
  const name = (box.name.startsWith('go ') && box.frame >= 0 ? 'started by ' : '') + (fullName(box) || box.name);
  const words = [(name + ' ' + placeOfBox(box)).trim(), number(box.now) + ' now (' + share + ' %)'];
  if (box.came) words.push(signed(box.came) + ' came');
  if (box.went) words.push('−' + number(box.went) + ' went');
  words.push(plural(box.stacks, noun));
  return words.join(' · ');
};

const draw = () => {
  if (outline.checked) { drawOutline(); return; }
  const top = zoomed || tree, above = pathOf(top).slice(0, -1), elements = [];
  const narrowest = 160 / Math.max(300, ice.clientWidth);
  let depth = 0;
  boxes = [];
  const place = (box, x, share, y, isAbove) => {
    const kind = box.above === null ? ' all' : box.frame >= 0 && isUsers(box.frame) ? ' own' : '';
    const group = drawn('g', {class: 'box' + kind + (isAbove ? ' above' : '')});
    group.box = box;
    Object.assign(box, {group, x, y});
    boxes.push(box);
    const part = (name, width) => group.append(drawn('rect', {class: name, x: x + '%', width: width + '%', y, height: LEVEL - 1}));
    part('whole', share);
    if (mode === 'now' && box.came) part('came', share * box.came / box.now);
    if (mode === 'came') part('came', share);
    if (mode === 'went') part('went', share);
    if (share > narrowest * 14) {
      const label = box.above ? box.name : plural(size(box), 'goroutine') + (mode === 'came' ? ' that came' : mode === 'went' ? ' that went' : '');
      group.append(drawn('svg', {x: x + '%', width: share + '%', y, height: LEVEL - 1}, drawn('text', {x: 6, y: 15}, label)));
    }
    elements.push(group);
    if (share >= .8) depth = Math.max(depth, y / LEVEL + 1);
  };
  above.forEach((box, level) => place(box, 0, 100, level * LEVEL, true));
  const down = (box, x, y) => {
    const share = 100 * size(box) / size(top);
    if (share < narrowest || y > 60 * LEVEL) return;
    place(box, x, share, y, false);
    const below = [...box.below.values()].sort((a, b) => b.came - a.came || size(b) - size(a) || (a.name < b.name ? -1 : 1));
    for (const next of below) { down(next, x, y + LEVEL); x += 100 * size(next) / size(top); }
  };
  if (size(top)) down(top, 0, above.length * LEVEL);
  const nothing = mode === 'went' ? 'Nothing went: no stack has fewer goroutines than in the first snapshot.' : mode === 'came' ? 'Nothing came.' : 'No goroutines.';
  ice.replaceChildren(size(top) ? drawn('svg', {width: '100%', height: Math.max(4, depth) * LEVEL, 'aria-hidden': 'true'}, ...elements) : element('p', {class: 'muted'}, nothing));
  drawCrumbs(above.concat(top));
  markInMap();
  pointAt(current && boxes.includes(current) ? current : null);
};
const drawCrumbs = path => {
  const crumbs = byId('crumbs');
  crumbs.replaceChildren();
  if (path.length < 2) return;
  path.forEach((box, level) => {
    if (level) crumbs.append(' › ');
    crumbs.append(level === path.length - 1 ? box.name : button(box.name, {}, () => zoomTo(box)));
  });
};
const drawOutline = () => {
  const item = (box, level) => {
    const below = [...box.below.values()].sort((a, b) => size(b) - size(a));
    if (!below.length) return element('li', {}, sentenceOf(box));
    const details = element('details', level < 2 ? {open: ''} : {}, element('summary', {}, sentenceOf(box)));
    const fill = () => {
      if (details.querySelector('ul')) return;
      const list = element('ul', {});
      for (const next of below.slice(0, 200)) list.append(item(next, level + 1));
      details.append(list);
    };
    if (level < 2) fill(); else details.ontoggle = fill;
    return element('li', {}, details);
  };
  ice.replaceChildren(element('ul', {class: 'tree'}, item(tree, 0)));
  byId('crumbs').replaceChildren();
  detail.textContent = '';
};
const zoomTo = box => { zoomed = box && box.above ? box : null; current = null; draw(); };
const pointAt = box => {
  if (current && current.group) current.group.classList.remove('current');
  current = box;
  if (box) box.group.classList.add('current');
  detail.textContent = tree.now ? sentenceOf(box || zoomed || tree) : '';
};
const markInMap = terms => {
  if (terms) marked = terms;
  for (const box of boxes) {
    const text = (fullName(box) + ' ' + placeOfBox(box) + ' ' + box.name).toLowerCase();
    box.group.classList.toggle('hit', marked.length > 0 && marked.every(term => text.includes(term)));
  }
};
// Makes the tree anew, and keeps the zoom where the same box is still there.
const rebuild = () => {
  const keys = zoomed ? keysOf(zoomed) : null;
  tree = buildTree();
  zoomed = null;
  if (keys) {
    let box = tree;
    for (const key of keys) box = box && box.below.get(key);
    zoomed = box || null;
  }
  current = null;
  draw();
  if (!slider) return;
  const time = data.times[snapshot];
  byId('snapshot-at').textContent = ((data.kept ? data.kept[snapshot] : snapshot) + 1) + ' of ' + data.snapshots + (time == null ? '' : ', ' + new Date(time * 1000).toISOString().slice(11, 19));
};
const setMode = wanted => {
  mode = wanted;
  for (const it of document.querySelectorAll('[data-mode]')) it.setAttribute('aria-pressed', String(it.dataset.mode === wanted));
  rebuild();
};
const showInMap = i => {
  if (i < 0) return;
  outline.checked = false;
  if (slider) { slider.value = last; snapshot = last; }
  setMode('now');
  const seek = box => {
    if (box.rows && box.rows.includes(i)) return box;
    for (const next of box.below.values()) { const found = seek(next); if (found) return found; }
    return null;
  };
  const found = seek(tree);
  if (found) { zoomTo(found); pointAt(found); }
  byId('map').scrollIntoView();
  ice.focus({preventScroll: true});
};
const boxOf = event => { const group = event.target.closest && event.target.closest('g.box'); return group ? group.box : null; };
ice.addEventListener('mousemove', event => { const box = boxOf(event); if (box) detail.textContent = sentenceOf(box); });
ice.addEventListener('mouseleave', () => { if (!outline.checked) pointAt(current); });
ice.addEventListener('click', event => { const box = boxOf(event); if (box) zoomTo(box); });
ice.addEventListener('keydown', event => {
  if (outline.checked) return;
  const here = current || boxes.find(box => box === (zoomed || tree));
  const level = boxes.filter(box => here && box.y === here.y).sort((a, b) => a.x - b.x);
  let to = null;
  switch (event.key) {
    case 'ArrowDown': to = boxes.filter(box => box.above === here).sort((a, b) => a.x - b.x)[0]; break;
    case 'ArrowUp': to = here && here.above; break;
    case 'ArrowRight': to = level[level.indexOf(here) + 1]; break;
    case 'ArrowLeft': to = level[level.indexOf(here) - 1]; break;
    case 'Enter':
      zoomTo(here);
      if (here && boxes.includes(here)) pointAt(here);
      break;
    case 'Escape': zoomTo(zoomed && zoomed.above); break;
    default: return;
  }
  event.preventDefault();
  event.stopPropagation();
  if (to && boxes.includes(to)) pointAt(to);
});
if (slider) {
  slider.max = last;
  slider.value = last;
  slider.oninput = () => { snapshot = +slider.value; rebuild(); };
  for (const it of document.querySelectorAll('[data-mode]')) it.onclick = () => setMode(it.dataset.mode);
}
byId('first').onchange = event => { firstBy = event.target.value; zoomed = null; rebuild(); };
byId('lib').onchange = event => { withLibraries = event.target.checked; zoomed = null; rebuild(); };
outline.onchange = () => draw();
