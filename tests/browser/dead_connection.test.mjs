// A connection that dies without an error: the page detects it in real time and recovers.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import { isInside, ownerInside, waitsAt } from './fixtures/door.mjs';
import { looksAway, looksBack, installSpies } from './browser_spies.mjs';
import { eventuallyEquals, chatOfTwo, connected, holder, enters, inside, says, shown } from './fixtures/conversation.mjs';
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

/** Locks a person's phone, which sleeps meanwhile. */
async function locked(person, meanwhile) {
  const device = await person.context.newCDPSession(person.page);
  await looksAway(person);
  await device.send('Page.setWebLifecycleState', { state: 'frozen' });
  const [done] = await Promise.all([meanwhile(), pause(LOCKED)]);
  await device.send('Page.setWebLifecycleState', { state: 'active' });
  await looksBack(person);
  return done;
}

scene(
  'whoever looks at a page learns within 20 s that it hears nothing; it connects again by itself, and nothing is missing',
  async (env) => {
    const { ana, ben, chat } = await chatOfTwo(env);
    const person = await inside(env, { chat, by: ana });
    env.proxy.swallow();
    await ben.writes(chat, 'into the silence');
    const silence = await took(() => lost(person));
    assert.ok(silence < KNOWN, `said after ${silence} ms`);
    await pause(6_000);
    assert.ok(await status(person, 'Reconnecting…').isVisible(), 'an attempt that gets no answer is no connection');
    await env.proxy.go();
    const back = await took(() => connected(person));
    assert.ok(back < KNOWN, `back after ${back} ms`);
    await eventuallyEquals(() => shown(person), ['into the silence']);
  },
  { timeout: 90_000 },
);

scene('a telephone that is unlocked is up to date at once, though its connection died meanwhile', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  const person = await holder(env, { chat, by: ana }, { device: 'telephone' });
  await installSpies(person);
  await enters(person, chat);
  await locked(person, async () => {
    env.proxy.forget();
    await ben.writes(chat, 'while it was locked');
  });
  const late = await took(() => person.sees('while it was locked'));
  assert.ok(late < BACK, `seen after ${late} ms`);
  await connected(person);
});

scene('who only looks elsewhere for a moment is not told that the connection is renewed', async (env) => {
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

scene('a guest who waits is let in at once when the telephone is unlocked, though its connection died meanwhile', async (env) => {
  const { owner, link } = await ownerInside(env);
  const ben = await env.person({ device: 'telephone' });
  await installSpies(ben);
  await waitsAt(env, link, { guest: ben });
  await locked(ben, () => {
    env.proxy.forget();
    return owner.api.lets(link);
  });
  const late = await took(() => isInside(ben));
  assert.ok(late < BACK, `inside after ${late} ms`);
});

scene('a guest who waits learns within 20 s that the page hears nothing', async (env) => {
  const { owner, link } = await ownerInside(env);
  const ben = await waitsAt(env, link);
  env.proxy.swallow();
  const silence = await took(() => lost(ben));
  assert.ok(silence < KNOWN, `said after ${silence} ms`);
  await owner.api.lets(link);
  await env.proxy.go();
  await isInside(ben);
});

scene('a message whose way died without a word is sent again by itself, once', async (env) => {
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
