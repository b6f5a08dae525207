// Looks at pages of `leakscope --format html` in a real browser, from file://, as a reader has them.
//
//   node check.mjs CHROMIUM PAGE.html...
//
// Beside each page is a PAGE.json of the same report. Each failure is a line on standard output; the exit code is 1 if there is one.
// tests/it/browser.rs makes the pages and runs this.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
// A browser that looks for updates on a machine without a network logs errors of its own.
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const clipboard = ['clipboard-read', 'clipboard-write'];

let passed = 0, failed = 0, page = '';
const check = (holds, what) => {
  if (holds) {
    passed++;
  } else {
    failed++;
    console.log(`${page}: ${what}`);
  }
};

const [executablePath, ...files] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: flags });

/** A page in a window of its own, and what went wrong while it loaded. */
async function open(file, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(120_000);
  const tab = await context.newPage();
  const faults = [], requests = [];
  tab.on('console', message => { if (message.type() === 'error') faults.push(message.text()); });
  tab.on('pageerror', error => faults.push(String(error)));
  tab.on('dialog', dialog => { faults.push('a dialog: ' + dialog.message()); dialog.dismiss(); });
  tab.on('request', request => { if (!/^(file|data):/.test(request.url())) requests.push(request.url()); });
  await tab.goto(pathToFileURL(file).href);
  return { context, tab, faults, requests };
}

const fits = tab => tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

/** Nothing is wrong, and a screen reader can use it, in one of the two colour schemes. */
async function accessible(file, colorScheme) {
  const { context, tab, faults, requests } = await open(file, { colorScheme });
  check(faults.length === 0, `${colorScheme}: errors: ${faults}`);
  check(requests.length === 0, `${colorScheme}: requests: ${requests}`);
  check(await fits(tab), `${colorScheme}: it scrolls sideways`);
  // Evaluated by the debugger, so that the policy of the page stays as it is.
  const found = await tab.evaluate(`(() => { ${axe}; return axe.run(document, { resultTypes: ['violations'] })
    .then(result => result.violations.map(it => it.id + ' ' + it.nodes[0].html.slice(0, 200) + ' ' + it.nodes[0].failureSummary)); })()`);
  check(found.length === 0, `${colorScheme}: axe: ${found.join('\n')}`);
  await context.close();
}

/** The policy refuses markup, scripts and requests, by whatever way they come. */
async function policy(file) {
  const { context, tab } = await open(file);
  const tried = await tab.evaluate(async () => {
    const tried = {};
    try { document.body.insertAdjacentHTML('beforeend', '<b>x</b>'); tried.markup = 'allowed'; } catch { tried.markup = 'refused'; }
    const script = document.createElement('script');
    try { script.textContent = 'window.injected = 1'; document.body.append(script); } catch { /* refused */ }
    tried.script = window.injected ? 'allowed' : 'refused';
    const button = document.createElement('button');
    try { button.setAttribute('onclick', 'window.clicked = 1'); } catch { /* refused */ }
    document.body.append(button);
    button.click();
    tried.handler = window.clicked ? 'allowed' : 'refused';
    try { await fetch('https://example.invalid/'); tried.fetch = 'allowed'; } catch { tried.fetch = 'refused'; }
    try { setTimeout('window.timed = 1'); } catch { /* refused */ }
    await new Promise(done => setTimeout(done, 50));
    tried.timer = window.timed ? 'allowed' : 'refused';
    const image = new Image();
    tried.image = await new Promise(done => {
      image.onload = () => done('allowed');
      image.onerror = () => done('refused');
      image.src = 'https://example.invalid/x.png';
    });
    return tried;
  });
  for (const [what, result] of Object.entries(tried)) check(result === 'refused', `the policy: ${what} is ${result}`);
  await context.close();
}

/** Everything can be reached with the keys alone. */
async function keys(file) {
  const { context, tab, faults } = await open(file, { permissions: clipboard });
  const press = key => tab.keyboard.press(key);
  const evaluate = script => tab.evaluate(script);
  await press('/');
  check(await evaluate(() => document.activeElement.id === 'q'), '/ does not go to the search');
  const fingerprint = await evaluate(() => document.querySelector('#tab tr.row').id.slice(2));
  await tab.keyboard.type(`fp:${fingerprint}`);
  await tab.waitForFunction(() => document.querySelectorAll('#tab tr.row').length === 1);
  check(/^1 stack, /.test(await tab.textContent('#hits')), 'the search does not count its hits');
  await press('Escape');
  await tab.waitForFunction(() => document.getElementById('q').value === '');
  await press('s');
  await press('Enter');
  check(await evaluate(() => document.querySelectorAll('tr.more').length === 1), 'Enter does not open the row');
  await press('c');
  await tab.waitForFunction(() => navigator.clipboard.readText().then(text => text !== ''));
  const copied = await evaluate(() => navigator.clipboard.readText());
  check(/^\d+ goroutines? \[/.test(copied), `c copies ${JSON.stringify(copied.slice(0, 60))}`);
  await press('m');
  await press('ArrowDown');
  await press('Enter');
  const isZoomed = () => evaluate(() => document.querySelectorAll('#crumbs button').length > 0);
  check(await isZoomed(), 'Enter does not zoom into the map');
  await press('Escape');
  check(!await isZoomed(), 'Escape does not leave the map');
  await press('?');
  check(await evaluate(() => document.getElementById('help').open), '? does not open the help');
  await press('Escape');
  check(await evaluate(() => !document.getElementById('help').open), 'Escape does not close the help');
  const theme = await evaluate(() => document.documentElement.dataset.theme);
  await press('d');
  check(await evaluate(() => document.documentElement.dataset.theme) !== theme, 'd does not change the colours');
  await tab.check('#outline');
  check(await evaluate(() => document.querySelectorAll('ul.tree li').length > 1), 'there is no outline');
  check(faults.length === 0, `keys: errors: ${faults}`);
  await context.close();
}

/** The address opens a stack, and the counts are those of JSON. */
async function counts(file) {
  const document = JSON.parse(readFileSync(file.replace(/\.html$/, '.json'), 'utf8'));
  const { context, tab } = await open(file);
  const hits = await tab.textContent('#hits');
  const number = text => Number(text.replace(/[^0-9]/g, ''));
  const [stacks, goroutines] = hits.split(', ').map(number);
  const sum = document.groups.reduce((sum, group) => sum + group.counts.at(-1), 0);
  check(stacks === document.groups.length, `${hits}, but JSON has ${document.groups.length} stacks`);
  check(goroutines === sum, `${hits}, but JSON has ${sum} goroutines`);
  for (const group of document.groups.slice(0, 10)) {
    await tab.goto(`${pathToFileURL(file).href}#s-${group.fingerprint.slice(0, 8)}`);
    await tab.waitForSelector('tr.more');
    const cell = await tab.textContent(`#s-${group.fingerprint} td.n`);
    check(number(cell) === group.counts.at(-1), `#s-${group.fingerprint}: ${cell}, but JSON has ${group.counts.at(-1)}`);
  }
  await context.close();
}

/** It is whole on a phone, without its script, and on paper. */
async function elsewhere(file) {
  const phone = await open(file, { viewport: { width: 400, height: 850 } });
  check(await fits(phone.tab), 'it scrolls sideways at 400 pixels');
  await phone.context.close();

  const plain = await open(file, { javaScriptEnabled: false });
  check(await plain.tab.locator('h1').isVisible(), 'no headline without the script');
  check(await plain.tab.locator('#tab tbody tr').count() > 0, 'no rows without the script');
  check(await plain.tab.locator('#ice svg .box').count() > 0, 'no map without the script');
  check(!await plain.tab.locator('#q').isVisible(), 'a search that cannot search without the script');
  await plain.context.close();

  const paper = await open(file);
  const pdf = await paper.tab.pdf({ format: 'A4', printBackground: true });
  check(pdf.subarray(0, 5).toString() === '%PDF-' && pdf.length > 10_000, 'it cannot be printed');
  await paper.context.close();
}

/** The page of a fleet: rows open, are searched and sorted; without the script all findings are open. */
async function fleet(file) {
  const { rows } = JSON.parse(readFileSync(file.replace(/\.html$/, '.json'), 'utf8'));
  const { context, tab, faults } = await open(file);
  const shown = selector => tab.evaluate(it => [...document.querySelectorAll(it)].filter(row => !row.hidden).length, selector);
  check(await shown('#tab > tbody > tr.row') === rows.length, `JSON has ${rows.length} rows`);
  check(await shown('#tab > tbody > tr.more') === 0, 'a finding is open from the start');
  await tab.focus('#s-1 button');
  await tab.keyboard.press('Enter');
  check(await tab.locator('#s-1 + tr.more').isVisible(), 'Enter does not open a finding');
  check((await tab.textContent('#s-1 + tr.more')).includes(rows[0].fingerprint), 'the finding is of another row');
  check(await tab.getAttribute('#s-1 button', 'aria-expanded') === 'true', 'a screen reader does not hear that it is open');
  await tab.keyboard.press('Enter');
  check(!await tab.locator('#s-1 + tr.more').isVisible(), 'Enter does not close a finding');
  await tab.fill('#q', rows.at(-1).service);
  check(await shown('#tab > tbody > tr.row') < rows.length || rows.length === 1, 'the search finds everything');
  await tab.fill('#q', '');
  await tab.click('th[data-sort=service] button');
  const names = await tab.evaluate(() => [...document.querySelectorAll('#tab > tbody > tr.row')].map(row => row.cells[4].textContent));
  check(names.every((name, at) => at === 0 || names[at - 1].localeCompare(name) <= 0), `the order by service is ${names}`);
  check(await tab.evaluate(() => document.querySelector('#s-1').nextElementSibling.classList.contains('more')), 'a row lost its finding');
  await tab.goto(pathToFileURL(file).href + '#s-2');
  check(await tab.locator('#s-2 + tr.more').isVisible(), 'the address does not open a finding');
  check(faults.length === 0, `errors: ${faults}`);
  await context.close();

  const phone = await open(file, { viewport: { width: 400, height: 850 } });
  check(await fits(phone.tab), 'it scrolls sideways at 400 pixels');
  await phone.context.close();
  const plain = await open(file, { javaScriptEnabled: false });
  check(await plain.tab.locator('tr.more').first().isVisible(), 'no findings without the script');
  check(!await plain.tab.locator('#q').isVisible(), 'a search that cannot search without the script');
  await plain.context.close();
  const paper = await open(file);
  check((await paper.tab.pdf({ format: 'A4' })).length > 10_000, 'it cannot be printed');
  await paper.context.close();
}

/** The page of one stack of a service: its finding is open, with and without the script. */
async function stack(file) {
  const { context, tab, faults } = await open(file);
  check((await tab.textContent('#verdict')).includes(' of '), 'the headline names no service');
  check(await tab.locator('section .columns dl.facts').isVisible(), 'the finding is not open');
  await tab.click('#theme');
  check(await tab.evaluate(() => document.documentElement.dataset.theme) === 'dark', 'the theme does not change');
  check(faults.length === 0, `errors: ${faults}`);
  await context.close();
  const phone = await open(file, { viewport: { width: 400, height: 850 } });
  check(await fits(phone.tab), 'it scrolls sideways at 400 pixels');
  await phone.context.close();
  const plain = await open(file, { javaScriptEnabled: false });
  check(await plain.tab.locator('section .columns dl.facts').isVisible(), 'no finding without the script');
  await plain.context.close();
}

/** What is looked at in a page of this name. */
function looks(name) {
  if (name === 'fleet-stack.html') return [...both, stack];
  return name === 'fleet.html' ? [...both, fleet] : [...both, keys, counts, elsewhere];
}

const both = [file => accessible(file, 'light'), file => accessible(file, 'dark'), policy];
for (const file of files) {
  page = basename(file);
  for (const look of looks(page)) {
    try {
      await look(file);
    } catch (error) {
      check(false, String(error));
    }
  }
}
await browser.close();
console.log(`${passed} checks passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
