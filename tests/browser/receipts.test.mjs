// Receipts: what the ticks of own messages say, and what a page tells the others.
import assert from 'node:assert/strict';

import { scene } from './environment.mjs';
import { installSpies, looksAway, looksBack } from './browser_spies.mjs';
import {
  admitted,
  chatOfTwo,
  conversation,
  enters,
  eventuallyEquals,
  holder,
  inside,
  message,
  numbered,
  writesAll,
} from './fixtures/conversation.mjs';
import { confirms } from './fixtures/messages.mjs';

const status = (person, text) => message(person, text).getByRole('img').getAttribute('aria-label');

/** The cursors of a member as the server has them. */
async function cursors(api, { chat_id }, name) {
  const { items } = await api.calls('GET', `/v1/chats/${chat_id}/receipts`);
  const { delivered, read } = items.find(({ member }) => member.name === name);
  return [delivered, read];
}

scene('the ticks say how far a message has come: to all, and read by all', async (env) => {
  const ana = env.apiClient();
  const chat = await ana.opens();
  await ana.writes(chat, 'before all');
  const [ben, cleo] = [await admitted(env, { ana, chat }, 'Ben'), await admitted(env, { ana, chat }, 'Cleo')];
  const one = await ana.writes(chat, 'one');
  const two = await ana.writes(chat, 'two');
  const person = await inside(env, { chat, by: ana });
  assert.equal(await status(person, 'one'), 'Sent');
  await confirms(ben, chat, { delivered: two.seq });
  await confirms(cleo, chat, { delivered: one.seq });
  await eventuallyEquals(() => status(person, 'one'), 'Delivered');
  assert.equal(await status(person, 'two'), 'Sent');
  await confirms(ben, chat, { read: two.seq });
  await confirms(cleo, chat, { read: two.seq });
  for (const text of ['one', 'two']) await eventuallyEquals(() => status(person, text), 'Read');
  await person.canBeAnybody();
  await person.picture('receipts');
  await admitted(env, { ana, chat }, 'Dora');
  await person.sees('Dora');
  for (const text of ['one', 'two']) assert.equal(await status(person, text), 'Read');
  assert.equal(await status(person, 'before all'), 'Sent', 'who comes later is no recipient');
  await ana.writes(chat, 'three');
  await eventuallyEquals(() => status(person, 'three'), 'Sent');
  await person.page.reload();
  await eventuallyEquals(() => status(person, 'two'), 'Read');
  assert.equal(await status(person, 'three'), 'Sent');
});

scene('a page says what has come to it, and what was read once it was on the screen of a visible page', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  const person = await holder(env, { chat, by: ana });
  await installSpies(person);
  await enters(person, chat);
  await looksAway(person);
  const one = await ben.writes(chat, 'one');
  await eventuallyEquals(async () => (await cursors(ben, chat, 'Ana'))[0], one.seq);
  const two = await ben.writes(chat, 'two');
  await eventuallyEquals(async () => (await cursors(ben, chat, 'Ana'))[0], two.seq);
  assert.ok((await cursors(ben, chat, 'Ana'))[1] < one.seq, 'a hidden page reads nothing');
  await looksBack(person);
  await eventuallyEquals(() => cursors(ben, chat, 'Ana'), [two.seq, two.seq]);
  await conversation(person).hover();
  await writesAll(ben, chat, numbered(1, 40));
  await message(person, 'message 40').waitFor();
  await person.page.mouse.wheel(0, -1_000);
  await person.page.getByRole('button', { name: 'Jump to the latest' }).waitFor();
  const { seq } = (await ben.reads(chat)).messages.at(-1);
  await eventuallyEquals(() => cursors(ben, chat, 'Ana'), [seq, seq]);
  const last = await ben.writes(chat, 'below the screen');
  await eventuallyEquals(async () => (await cursors(ben, chat, 'Ana'))[0], last.seq);
  assert.equal((await cursors(ben, chat, 'Ana'))[1], seq, 'what is below the screen is not read');
  await person.page.getByRole('button', { name: '1 new message' }).click();
  await eventuallyEquals(() => cursors(ben, chat, 'Ana'), [last.seq, last.seq]);
});

scene('a page tells at most once a second, and nothing twice', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  const person = await holder(env, { chat, by: ana });
  const calls = [];
  person.page.on('request', (request) => request.url().endsWith('/receipt') && calls.push([Date.now(), request.postData()]));
  await enters(person, chat);
  const until = Date.now() + 3_000;
  let last = null;
  while (Date.now() < until) last = await ben.writes(chat, 'again');
  await eventuallyEquals(() => cursors(ben, chat, 'Ana'), [last.seq, last.seq]);
  assert.ok(calls.length >= 2 && calls.length <= 6, `${calls.length} calls`);
  calls.slice(1).forEach(([at], i) => assert.ok(at - calls[i][0] >= 950, `${at - calls[i][0]} ms`));
  assert.equal(new Set(calls.map(([, body]) => body)).size, calls.length);
});
