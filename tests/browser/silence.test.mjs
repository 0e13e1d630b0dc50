// A connection that is dead without a word: the page knows soon, in real time, and is back as soon as it can be.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import { isInside, ownerInside, waitsAt } from './roles.mjs';
import { looksAway, looksBack, spied } from './spies.mjs';
import { becomes, chatOfTwo, connected, holder, enters, inside, says, shown } from './talk.mjs';
import { scene } from './world.mjs';

/** Heartbeats come every 15 s; so long after the last byte, at most, a page that is looked at says that it hears nothing. */
const KNOWN = 20_000;
/** How long a telephone is locked. */
const LOCKED = 12_000;
/** Whoever unlocks it is up to date after so long at most. */
const BACK = 6_000;

const status = ({ page }, text) => page.getByRole('status').getByText(text, { exact: true });
const lost = (person) => status(person, 'Reconnecting…').waitFor({ timeout: KNOWN + 5_000 });

/** How long something took, in milliseconds. */
async function took(action) {
  const began = performance.now();
  await action();
  return performance.now() - began;
}

/** Locks somebody's telephone, which sleeps meanwhile. */
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
  async (world) => {
    const { ana, ben, chat } = await chatOfTwo(world);
    const person = await inside(world, { chat, by: ana });
    world.proxy.swallow();
    await ben.writes(chat, 'into the silence');
    const silence = await took(() => lost(person));
    assert.ok(silence < KNOWN, `said after ${silence} ms`);
    await pause(6_000);
    assert.ok(await status(person, 'Reconnecting…').isVisible(), 'an attempt that gets no answer is no connection');
    await world.proxy.go();
    const back = await took(() => connected(person));
    assert.ok(back < KNOWN, `back after ${back} ms`);
    await becomes(() => shown(person), ['into the silence']);
  },
  { timeout: 90_000 },
);

scene('a telephone that is unlocked is up to date at once, though its connection died meanwhile', async (world) => {
  const { ana, ben, chat } = await chatOfTwo(world);
  const person = await holder(world, { chat, by: ana }, { device: 'telephone' });
  await spied(person);
  await enters(person, chat);
  await locked(person, async () => {
    world.proxy.forget();
    await ben.writes(chat, 'while it was locked');
  });
  const late = await took(() => person.sees('while it was locked'));
  assert.ok(late < BACK, `seen after ${late} ms`);
  await connected(person);
});

scene('who only looks elsewhere for a moment is not told that the connection is renewed', async (world) => {
  const { ana, chat } = await chatOfTwo(world);
  const person = await holder(world, { chat, by: ana });
  await spied(person);
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
  await becomes(async () => streams.length, 1);
  await pause(1_500);
  assert.deepEqual(await person.page.evaluate(() => globalThis.states), []);
  await connected(person);
});

scene('a guest who waits is let in at once when the telephone is unlocked, though its connection died meanwhile', async (world) => {
  const { owner, link } = await ownerInside(world);
  const ben = await world.person({ device: 'telephone' });
  await spied(ben);
  await waitsAt(world, link, { guest: ben });
  await locked(ben, () => {
    world.proxy.forget();
    return owner.api.lets(link);
  });
  const late = await took(() => isInside(ben));
  assert.ok(late < BACK, `inside after ${late} ms`);
});

scene('a guest who waits learns within 20 s that the page hears nothing', async (world) => {
  const { owner, link } = await ownerInside(world);
  const ben = await waitsAt(world, link);
  world.proxy.swallow();
  const silence = await took(() => lost(ben));
  assert.ok(silence < KNOWN, `said after ${silence} ms`);
  await owner.api.lets(link);
  await world.proxy.go();
  await isInside(ben);
});

scene('a message whose way died without a word is sent again by itself, once', async (world) => {
  const { ana, chat } = await chatOfTwo(world);
  const person = await inside(world, { chat, by: ana });
  world.proxy.forget();
  await says(person, 'into the silence');
  const sent = async () => (await ana.reads(chat)).messages.map(({ text }) => text);
  await becomes(sent, ['into the silence'], KNOWN);
  await becomes(() => shown(person), ['into the silence'], KNOWN);
  await person.page.locator('.unsent').waitFor({ state: 'detached' });
  assert.deepEqual(await sent(), ['into the silence']);
});
