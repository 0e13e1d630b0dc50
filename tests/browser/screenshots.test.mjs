// The screenshots of the README: created here (PARLOR_WRITE=1), and compared with the page in every run.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';

import { PNG } from 'pngjs';

import { scene } from './environment.mjs';

/** Cell size in pixels: different times give equal cells, a moved element does not. */
const CELL = 10;
/** Maximum difference in lightness of a cell, of 255. */
const CLOSE = 24;
/** Maximum number of different cells per thousand. */
const FEW = 5;
/** The verification words in the screenshots; random ones may need two lines. */
const TWO_WORDS = 'ship choice';

/** The lightness of a screenshot's cells. */
function cells(png) {
  const { width, height, data } = PNG.sync.read(png);
  const [across, down] = [Math.floor(width / CELL), Math.floor(height / CELL)];
  const sums = new Float64Array(across * down);
  for (let y = 0; y < down * CELL; y += 1) {
    for (let x = 0; x < across * CELL; x += 1) {
      const at = (y * width + x) * 4;
      sums[Math.floor(y / CELL) * across + Math.floor(x / CELL)] += (data[at] + data[at + 1] + data[at + 2]) / 3 / CELL ** 2;
    }
  }
  return { width, height, sums };
}

/** The number of different cells per thousand. */
function difference(one, other) {
  const [a, b] = [cells(one), cells(other)];
  assert.deepEqual([a.width, a.height], [b.width, b.height], 'of one size');
  return (a.sums.filter((lightness, at) => Math.abs(lightness - b.sums[at]) > CLOSE).length / a.sums.length) * 1_000;
}

/** Writes a screenshot of the README, or compares the page with it. */
async function shows(person, name) {
  const file = new URL(`./pictures/${name}.png`, import.meta.url);
  for (const place of await person.page.locator('.code-words, .knock-code strong').all())
    await place.evaluate((words, text) => (words.textContent = text), TWO_WORDS);
  const picture = await person.page.screenshot({ animations: 'disabled', caret: 'hide' });
  if (process.env.PARLOR_WRITE) return writeFile(file, picture);
  const differs = difference(await readFile(file), picture);
  assert.ok(differs <= FEW, `${name}.png differs in ${differs.toFixed(1)} of 1,000 cells: make it anew with PARLOR_WRITE=1`);
}

scene('the README’s pictures show the page as it is', async (env) => {
  const ana = await env.person({ viewport: { width: 1080, height: 640 }, colorScheme: 'light' });
  const api = env.apiClient();
  const chat = await api.opens({ title: 'Plans for Sunday' });
  const link = await api.makesLink(chat, { label: 'for the market people' });
  const cleo = env.apiClient();
  await cleo.knocks(link, { name: 'Cleo' });
  await api.lets(link);
  for (const [who, text] of [
    [cleo, 'Good evening! Is it only the two of us?'],
    [api, 'Ben wanted to come as well. He has the list.'],
  ])
    await who.writes(chat, text);
  await ana.goes('/');
  await ana.holds(chat, { owner: true });
  await ana.goes(`/c/${chat.chat_id}`);
  const ben = await env.person({ viewport: { width: 390, height: 640 }, hasTouch: true, isMobile: true, colorScheme: 'dark' });
  await ben.goes(`/l/${link.link_id}`);
  await ben.fills('Your name', 'Ben');
  await ben.fills('A word to them', 'It is me, from the market');
  await ben.presses('Knock');
  await ana.sees('It is me, from the market');
  await ben.sees('Connected');
  await shows(ana, 'door');
  await shows(ben, 'waiting');
  await ana.presses('Let in Ben');
  await ben.sees('He has the list.');
  await ben.page.getByLabel('Message').fill('Here I am, with the list: https://example.org/market');
  await ben.presses('Send');
  await ana.sees('Here I am');
  await ben.page.locator('.message', { hasText: 'Here I am' }).locator('time').waitFor();
  await ana.page.getByLabel('Message').fill('Welcome, Ben 🙂');
  await ana.presses('Send');
  await ben.sees('Welcome, Ben');
  await ben.page.evaluate(() => document.activeElement.blur());
  await shows(ben, 'talk');
});
