// A long conversation is loaded page by page, without gaps and without moving the reader.
import assert from 'node:assert/strict';

import {
  admitted,
  deferred,
  eventuallyEquals,
  chatOfTwo,
  conversation,
  enters,
  holder,
  inside,
  message,
  numbered,
  shown,
  writesAll,
} from './fixtures/conversation.mjs';
import { scene } from './environment.mjs';

const OLDER = /[?&]before=/;

/** Scrolls up to the beginning; `at` is called after each step. */
async function readsAll(person, at = () => {}) {
  const count = () => conversation(person).locator('.message .text').count();
  await conversation(person).focus();
  while (!(await person.page.getByText('This is the beginning.').isVisible())) {
    const before = await count();
    await person.page.keyboard.press('Home');
    await eventuallyEquals(async () => (await count()) > before || person.page.getByText('This is the beginning.').isVisible(), true);
    await at();
  }
}

scene(
  'a conversation of more than a thousand messages is read whole: every one once, in its order',
  async (env) => {
    const { ana, ben, chat } = await chatOfTwo(env);
    const texts = numbered(1, 1_050);
    await writesAll(ben, chat, texts.slice(0, 1_000));
    const person = await inside(env, { chat, by: ana });
    const written = writesAll(ben, chat, texts.slice(1_000));
    await readsAll(person);
    await written;
    await eventuallyEquals(() => shown(person), texts);
    assert.equal(await conversation(person).getByText('Today').count(), 1);
    assert.equal(await conversation(person).getByText('opened the chat').count(), 1);
    const named = await conversation(person).locator('.message .who:not(.visually-hidden)').count();
    assert.equal(named, 1, 'where two pages meet, one goes on with what the other began');
  },
  { timeout: 120_000, long: true },
);

for (const device of ['desktop', 'telephone']) {
  scene(`older messages resolve in above what is being read, and do not move it, by ${device}`, async (env) => {
    const { ana, ben, chat } = await chatOfTwo(env);
    await writesAll(ben, chat, numbered(1, 240));
    const person = await inside(env, { chat, by: ana }, { device });
    for (let page = 0; page < 3; page += 1) await comesInAbove(person);
  });
}

/** Scrolls to where the next page is loaded, and compares the position of a message before and after. */
async function comesInAbove(person) {
  const held = deferred();
  const asked = deferred();
  await person.page.route(OLDER, async (route) => {
    asked.resolve();
    await held.promise;
    await route.continue();
  });
  await conversation(person).hover();
  let wheel;
  do wheel = person.page.mouse.wheel(0, -300);
  while (await Promise.race([asked.promise.then(() => false), wheel.then(() => true)]));
  await wheel;
  const text = await settled(person);
  const before = await message(person, text).boundingBox();
  const count = (await shown(person)).length;
  held.resolve();
  await eventuallyEquals(async () => (await shown(person)).length > count, true);
  await settled(person);
  const after = await message(person, text).boundingBox();
  assert.ok(Math.abs(after.y - before.y) <= 2, `${text} moved by ${after.y - before.y}`);
  await person.page.unrouteAll({ behavior: 'wait' });
}

/** Waits until scrolling stops; returns the text of a message in the middle of the view. */
function settled({ page }) {
  return page.evaluate(async () => {
    const scroll = document.querySelector('[role=region]');
    const frame = () => new Promise(requestAnimationFrame);
    for (let still = 0, top = NaN; still < 5; top = scroll.scrollTop) {
      await frame();
      still = scroll.scrollTop === top ? still + 1 : 0;
    }
    const { left, top, width, height } = scroll.getBoundingClientRect();
    for (let y = top + height / 2; ; y += 5) {
      const text = document
        .elementFromPoint(left + width / 2, y)
        ?.closest('.message')
        ?.querySelector('.text');
      if (text || y > top + height) return text?.textContent;
    }
  });
}

scene('more news than one page are marked where they begin', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  await writesAll(ben, chat, numbered(1, 80));
  const seen = (await ana.calls('GET', `/v1/chats/${chat.chat_id}?limit=1`)).chat.head;
  await writesAll(ben, chat, numbered(81, 230));
  const person = await holder(env, { chat, by: ana, seen });
  await enters(person, chat);
  await readsAll(person);
  const order = await conversation(person).locator('.new, .message .text').allTextContents();
  assert.deepEqual([order.filter((text) => text === 'New').length, order[order.indexOf('New') + 1]], [1, 'message 81']);
  await person.page.getByRole('button', { name: '150 new messages' }).waitFor();
});

scene('what was said before cannot be loaded, and is loaded when asked again', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  await writesAll(ben, chat, numbered(1, 120));
  const person = await holder(env, { chat, by: ana });
  person.expects(/ERR_FAILED .*before=/);
  await person.page.route(OLDER, (route) => route.abort());
  await enters(person, chat);
  await conversation(person).focus();
  await person.page.keyboard.press('Home');
  await person.sees('What was said before could not be loaded.');
  await person.page.unrouteAll();
  await person.presses('Try again');
  await readsAll(person);
  assert.deepEqual(await shown(person), numbered(1, 120));
});

scene('who may read only what was said since is told so', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env, { history: 'since_join' });
  await writesAll(ben, chat, numbered(1, 60));
  const cleo = await admitted(env, { ana, chat }, 'Cleo');
  await writesAll(ben, chat, numbered(61, 63));
  const person = await inside(env, { chat, by: cleo });
  await person.sees('You read from here on: what was said before you came is not shown to you.');
  assert.deepEqual(await shown(person), numbered(61, 63));
  assert.equal(await person.page.getByText('This is the beginning.').count(), 0);
});
