// End to end with pages only: a chat is opened, its link is shared, two guests knock, are admitted, and all talk.
import assert from 'node:assert/strict';

import { button, cards, isInside, says, wordsOf } from './fixtures/door.mjs';
import { scene } from './environment.mjs';
import { scanLink } from './qr_scanner.mjs';

/** The paths of all documents that a page loads. */
function loads({ page }) {
  const paths = [];
  page.on('request', (request) => request.isNavigationRequest() && paths.push(new URL(request.url()).pathname));
  return paths;
}

/** Opens a chat; returns its link, which the page shows, copies and draws as a QR code. */
async function opens(owner) {
  await owner.goes('/');
  await owner.fills('Your name', 'Ana');
  await owner.fills('What is it about?', 'Plans for Sunday');
  await owner.page.getByLabel('Gone when nobody has written for').selectOption('a week');
  await owner.presses('Open a chat');
  const invitation = owner.page.getByRole('complementary', { name: 'Links' });
  const shown = await invitation.getByLabel('Link', { exact: true }).inputValue();
  await invitation.getByRole('button', { name: 'Copy link' }).click();
  await owner.sees('Copied');
  assert.equal(await owner.page.evaluate(() => navigator.clipboard.readText()), shown);
  await invitation.getByRole('button', { name: 'QR code' }).click();
  assert.equal(await scanLink(owner), shown);
  assert.deepEqual(await owner.page.getByRole('heading', { level: 1 }).allTextContents(), ['Plans for Sunday']);
  await owner.sees('gone in 6 days');
  return shown;
}

/** Opens the link and knocks. */
async function knocks(guest, link, { name, note }) {
  await guest.goes(link);
  await guest.sees('Nobody has been told that you opened this page.');
  assert.equal(await guest.page.getByText('Sunday').count(), 0, 'the link tells nothing of its chat');
  await guest.fills('Your name', name);
  await guest.fills('A word to them', note);
  await button(guest, 'Knock').click();
  await guest.sees('You knocked');
}

/** Compares the two words and admits the guest. */
async function letsIn(owner, guest, { name, note }) {
  const card = cards(owner, name);
  await card.getByText(note).waitFor();
  const words = await wordsOf(guest);
  assert.match(words, /^\w+ \w+$/);
  await card.getByText(`Two words: ${words}`).waitFor();
  await card.getByRole('button', { name: `Let in ${name}` }).click();
  await isInside(guest);
  await card.waitFor({ state: 'detached' });
  await owner.sees(`${name} came in`);
}

scene('three people meet by pages alone, and nobody reloads', async (env) => {
  const owner = await env.person({ permissions: ['clipboard-read', 'clipboard-write'] });
  const guests = [await env.person({ device: 'telephone' }), await env.person()];
  const everybody = [owner, ...guests];
  const loaded = everybody.map(loads);
  const link = await opens(owner);
  assert.ok(link.startsWith(`${env.origin}/l/`), link);
  const [ben, cleo] = [
    { name: 'Ben', note: 'from the market' },
    { name: 'Cleo', note: 'Ben said I may come' },
  ];
  await knocks(guests[0], link, ben);
  await letsIn(owner, guests[0], ben);
  await says(guests[0], 'Hello, Ana');
  await owner.sees('Hello, Ana');
  await says(owner, 'Welcome, Ben');
  await guests[0].sees('Welcome, Ben');
  await knocks(guests[1], link, cleo);
  await letsIn(owner, guests[1], cleo);
  await says(guests[1], 'Am I late?');
  for (const person of everybody) {
    await person.page.locator('.message .text', { hasText: 'Am I late?' }).waitFor();
    assert.deepEqual(await person.page.locator('.message .text').allTextContents(), ['Hello, Ana', 'Welcome, Ben', 'Am I late?']);
    assert.match(await person.page.title(), /Plans for Sunday$/);
  }
  const chat = new URL(owner.page.url()).pathname;
  const door = new URL(link).pathname;
  assert.deepEqual(loaded, [
    ['/', chat],
    [door, chat],
    [door, chat],
  ]);
});
