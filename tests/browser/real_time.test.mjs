// What takes its time: a connection that dies without an error, and the end of a lifetime. These scenes wait side by side.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { account, member } from './fixtures/account.mjs';
import { isInside, waitsAt } from './fixtures/door.mjs';
import { looksAway, looksBack, installSpies } from './browser_spies.mjs';
import { assertForgotten, eventuallyEquals, chatOfTwo, connected, holder, enters, inside, says, shown } from './fixtures/conversation.mjs';
import { scene } from './environment.mjs';

/** Heartbeats arrive every 15 s; a visible page reports silence at most this long after the last byte. */
const KNOWN = 20_000;
/** How long the phone is locked. */
const LOCKED = 12_000;
/** A page is up to date at most this long after unlocking. */
const BACK = 6_000;

const status = ({ page }, text) => page.getByRole('status').getByText(text, { exact: true });
const lost = (person) => status(person, 'Reconnecting…').waitFor({ timeout: KNOWN + 5_000 });

/** Measures the duration of an action, in milliseconds. */
async function took(action) {
  const began = performance.now();
  await action();
  return performance.now() - began;
}

/** Locks people's phones, which sleep meanwhile. */
async function locked(people, meanwhile) {
  const devices = await Promise.all(people.map(({ context, page }) => context.newCDPSession(page)));
  const turn = (state) => Promise.all(devices.map((device) => device.send('Page.setWebLifecycleState', { state })));
  await Promise.all(people.map(looksAway));
  await turn('frozen');
  await Promise.all([meanwhile(), pause(LOCKED)]);
  await turn('active');
  await Promise.all(people.map(looksBack));
}

/** The scenes of this file. */
const scenes = [];
const waiting = (...one) => scenes.push(one);

waiting(
  'whoever looks at a page learns within 20 s that it hears nothing; it connects again by itself, and nothing is missing',
  async (env) => {
    const { ana, ben, chat } = await chatOfTwo(env);
    const link = await ana.makesLink(chat);
    const person = await inside(env, { chat, by: ana });
    const guest = await waitsAt(env, link, { name: 'Cleo' });
    env.proxy.swallow();
    await ben.writes(chat, 'into the silence');
    const silence = await Promise.all([person, guest].map((one) => took(() => lost(one))));
    assert.ok(Math.max(...silence) < KNOWN, `said after ${silence.join(' and ')} ms`);
    await ana.lets(link);
    await pause(6_000);
    for (const one of [person, guest]) {
      assert.ok(await status(one, 'Reconnecting…').isVisible(), 'an attempt that gets no answer is no connection');
    }
    await env.proxy.go();
    const back = await Promise.all([took(() => connected(person)), took(() => guest.page.waitForURL(/\/c\//, { timeout: KNOWN }))]);
    assert.ok(Math.max(...back) < KNOWN, `back after ${back.join(' and ')} ms`);
    await eventuallyEquals(() => shown(person), ['into the silence']);
    await isInside(guest);
  },
  { timeout: 90_000 },
);

waiting(
  'a telephone that is unlocked is up to date at once, in a chat or at its door, though its connection died meanwhile',
  async (env) => {
    const { ana, ben, chat } = await chatOfTwo(env);
    const link = await ana.makesLink(chat);
    const person = await holder(env, { chat, by: ana }, { device: 'telephone' });
    const guest = await env.person({ device: 'telephone' });
    await Promise.all([person, guest].map((one) => installSpies(one)));
    await enters(person, chat);
    await waitsAt(env, link, { name: 'Cleo', guest });
    await locked([person, guest], async () => {
      env.proxy.forget();
      await ben.writes(chat, 'while it was locked');
      await ana.lets(link);
    });
    const late = await Promise.all([took(() => person.sees('while it was locked')), took(() => isInside(guest))]);
    assert.ok(Math.max(...late) < BACK, `up to date after ${late.join(' and ')} ms`);
    await connected(person);
  },
);

waiting('who only looks elsewhere for a moment is not told that the connection is renewed', async (env) => {
  const { ana, chat } = await chatOfTwo(env);
  const person = await holder(env, { chat, by: ana });
  await installSpies(person);
  await enters(person, chat);
  const streams = [];
  person.page.on('request', (request) => request.url().includes('/events') && streams.push(request.url()));
  await person.page.evaluate(() => {
    const line = document.querySelector('[role=status][data-state]');
    globalThis.states = [];
    new MutationObserver(() => globalThis.states.push(line.dataset.state)).observe(line, { attributes: true });
  });
  await looksAway(person);
  await looksBack(person);
  assert.deepEqual(streams, [], 'a connection that has just spoken is trusted');
  await looksAway(person);
  await pause(6_000);
  await looksBack(person);
  await eventuallyEquals(async () => streams.length, 1);
  await pause(1_500);
  assert.deepEqual(await person.page.evaluate(() => globalThis.states), []);
  await connected(person);
});

waiting('a message whose way died without a word is sent again by itself, once', async (env) => {
  const { ana, chat } = await chatOfTwo(env);
  const person = await inside(env, { chat, by: ana });
  env.proxy.forget();
  await says(person, 'into the silence');
  const sent = async () => (await ana.reads(chat)).messages.map(({ text }) => text);
  await eventuallyEquals(sent, ['into the silence'], KNOWN);
  await eventuallyEquals(() => shown(person), ['into the silence'], KNOWN);
  await person.page.locator('.unsent').waitFor({ state: 'detached' });
  assert.deepEqual(await sent(), ['into the silence']);
});

waiting(
  'the time that is left is counted down, and then the chat is gone, and nobody comes to its door',
  async (env) => {
    const { ana, ben, chat } = await chatOfTwo(env, { expires_in: 60 });
    await ben.writes(chat, 'unforgettable words');
    const pages = [await inside(env, { chat, by: ana }), await inside(env, { chat, by: ben }, { device: 'telephone' })];
    for (const person of pages) await person.sees('unforgettable words');
    const leftAt = async (place) => Number(/^gone in 0:(\d\d)$/.exec(await place.textContent())?.[1]);
    const left = ({ page }) => leftAt(page.locator('.head .lives'));
    const at = await left(pages[0]);
    assert.ok(at > 30 && at < 60, `${at} s are left`);
    await eventuallyEquals(async () => (await left(pages[0])) < at - 3 && (await left(pages[1])) < at - 3, true);
    const listed = await leftAt(pages[0].page.locator('.chat-row .chat-line').last());
    assert.ok(Math.abs(listed - (await left(pages[0]))) <= 1, `the list says ${listed}`);
    const guest = await waitsAt(env, await ana.makesLink(chat), { name: 'Cleo' });
    for (const { page } of pages) await page.getByText('Its time was up.').waitFor({ timeout: 70_000 });
    for (const person of pages) await assertForgotten(person, chat, 'unforgettable');
    await guest.page.getByRole('heading', { level: 1, name: 'Nobody came to the door' }).waitFor();
  },
  { timeout: 150_000 },
);

waiting(
  'a tab that hears nothing from the one that follows the account for all of them follows it itself',
  async (env) => {
    const ben = await account(env, 'ben', { name: 'Ben' });
    await (await account(env, 'ana')).calls('PATCH', '/v1/me', { direct_messages: 'anyone' });
    const first = await member(env, 'ana');
    await first.sees('None yet.');
    const second = await first.context.newPage();
    await second.goto('/');
    await second.getByText('None yet.').waitFor();
    await first.page.evaluate(() => (BroadcastChannel.prototype.postMessage = () => {}));
    await ben.calls('POST', '/v1/messages', { to: '@ana', text: 'is anybody there?' });
    for (const page of [first.page, second]) await page.getByText('is anybody there?').waitFor({ timeout: 60_000 });
    await ben.calls('POST', '/v1/messages', { to: '@ana', text: 'good evening' });
    for (const page of [first.page, second]) await page.getByText('good evening').waitFor({ timeout: 5_000 });
  },
  { timeout: 120_000 },
);

describe('in real time', { concurrency: true }, () => scenes.forEach((one) => scene(...one)));
