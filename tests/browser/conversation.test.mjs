// How a conversation is rendered: names, times, days, links, the unread marker.
import assert from 'node:assert/strict';

import {
  withOlderTimestamps,
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

const DAY = 86_400_000;
const MINUTE = 60_000;

/** The authors of the messages, and whether each is visible. */
const names = (person) =>
  conversation(person)
    .locator('.message .who')
    .evaluateAll((all) => all.map((who) => `${who.textContent}${who.getBoundingClientRect().width > 1 ? '' : ', unseen'}`));

/** The day separators. */
const days = (person) =>
  conversation(person)
    .getByText(/^(Today|Yesterday|[A-Z][a-z]+day \d+ [A-Z][a-z]+)$/)
    .allTextContents();

scene('messages have a name and a time; what one writes at once has the name once for the eye, and each for the ear', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  for (const [who, text] of [
    [ben, 'one'],
    [ben, 'two'],
    [ben, 'three'],
    [ana, 'mine'],
    [ben, 'four'],
  ])
    await who.writes(chat, text);
  const person = await holder(env, { chat, by: ana });
  const { messages } = await ana.reads(chat);
  const later = messages.find(({ text }) => text === 'three').seq;
  await withOlderTimestamps(person, chat, (seq) => (seq < later ? 6 * MINUTE : 0));
  await enters(person, chat);
  assert.deepEqual(await names(person), ['Ben', 'Ben, unseen', 'Ben', 'Ana, unseen', 'Ben']);
  const heard = await conversation(person).ariaSnapshot();
  for (const text of ['one', 'two', 'three', 'four']) assert.match(heard, new RegExp(`paragraph: Ben\\n +- text: ${text}$`, 'm'));
  const time = message(person, 'four').getByRole('time');
  const { created_at: at } = messages.at(-1);
  assert.equal(await time.getAttribute('datetime'), new Date(at).toISOString());
  assert.equal(await time.textContent(), new Date(at).toISOString().slice(11, 16));
  assert.equal(await message(person, 'mine').getByRole('img', { name: 'Sent' }).count(), 1);
});

scene('messages are together from the stream as they are from a page', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  const person = await inside(env, { chat, by: ana });
  await writesAll(ben, chat, ['one', 'two']);
  await ana.writes(chat, 'mine');
  await ben.writes(chat, 'three');
  await person.sees('three');
  assert.deepEqual(await names(person), ['Ben', 'Ben, unseen', 'Ana, unseen', 'Ben']);
});

scene('days stand between the messages, each once', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  await writesAll(ben, chat, numbered(1, 6));
  const person = await holder(env, { chat, by: ana });
  const first = (await ana.reads(chat)).messages[0].seq;
  await withOlderTimestamps(person, chat, (seq) => (seq < first + 2 ? 3 : seq < first + 4 ? 1 : 0) * DAY);
  await enters(person, chat);
  const named = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' }).format(
    Date.now() - 3 * DAY,
  );
  assert.deepEqual(await days(person), [named, 'Yesterday', 'Today']);
  const order = await conversation(person).locator('.day, .message .text').allTextContents();
  assert.deepEqual(order, [named, 'message 1', 'message 2', 'Yesterday', 'message 3', 'message 4', 'Today', 'message 5', 'message 6']);
});

scene('today becomes yesterday, on a page that stays open too', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env, { expires_in: 604_800 });
  await ben.writes(chat, 'good night');
  const person = await holder(env, { chat, by: ana });
  await person.page.clock.install();
  await enters(person, chat);
  assert.deepEqual(await days(person), ['Today']);
  await person.page.clock.fastForward(DAY);
  await eventuallyEquals(() => days(person), ['Yesterday']);
});

scene('links in messages lead where they say, and tell nobody whence', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  await ben.writes(chat, `see ${env.origin}/?from=talk, and javascript:alert(1)`);
  const person = await inside(env, { chat, by: ana });
  const links = conversation(person).getByRole('link');
  assert.equal(await links.count(), 1);
  assert.equal(await links.getAttribute('href'), `${env.origin}/?from=talk`);
  assert.deepEqual((await links.getAttribute('rel')).split(' '), ['noopener', 'noreferrer', 'nofollow', 'ugc']);
  assert.equal(await links.getAttribute('target'), '_blank');
  const [opened] = await Promise.all([person.context.waitForEvent('page'), links.click()]);
  await opened.waitForLoadState();
  assert.deepEqual(await opened.evaluate(() => [document.referrer, opener]), ['', null]);
});

/** The first message after the unread marker; null without a marker. */
const firstNew = async (person) => {
  const order = await conversation(person).locator('.new, .message .text').allTextContents();
  return order.includes('New') ? order[order.indexOf('New') + 1] : null;
};

scene('what came while the page was closed is marked as new, until it was seen', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  await writesAll(ben, chat, numbered(1, 40));
  const person = await inside(env, { chat, by: ana });
  assert.equal(await firstNew(person), null, 'nothing is marked for who is here for the first time');
  await person.goes('/');
  await writesAll(ben, chat, numbered(41, 80));
  await person.goes('/');
  await person.sees('40 new');
  await enters(person, chat);
  assert.equal(await firstNew(person), 'message 41');
  const { y } = await person.page.getByText('New', { exact: true }).boundingBox();
  assert.ok(y > 0 && y < 900, 'the page begins where the new begins');
  await person.page.reload();
  await person.sees('message 80');
  assert.equal(await firstNew(person), 'message 41', 'the end was not seen yet');
  assert.match(await person.page.title(), /^\(40\) /);
  await person.presses('40 new messages');
  await eventuallyEquals(() => person.page.title(), 'Chat');
  await person.page.reload();
  await person.sees('message 80');
  assert.equal(await firstNew(person), null);
});

scene('who reads further up is not moved, is told how much is new, and gets there', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  await writesAll(ben, chat, numbered(1, 45));
  const person = await inside(env, { chat, by: ana });
  const jump = person.page.getByRole('button', { name: /Jump to the latest|new messages?/ });
  assert.ok(await jump.isHidden(), 'who is at the end needs no way there');
  await conversation(person).hover();
  await person.page.mouse.wheel(0, -500);
  await jump.waitFor();
  assert.equal(await jump.textContent(), 'Jump to the latest');
  const before = await message(person, 'message 33').boundingBox();
  await ben.writes(chat, 'message 46');
  await person.page.getByRole('button', { name: '1 new message', exact: true }).waitFor();
  await writesAll(ben, chat, numbered(47, 70));
  await person.page.getByRole('button', { name: '25 new messages' }).waitFor();
  const after = await message(person, 'message 33').boundingBox();
  assert.ok(Math.abs(after.y - before.y) <= 1, `moved by ${after.y - before.y}`);
  assert.equal(await firstNew(person), 'message 46');
  await jump.click();
  await jump.waitFor({ state: 'hidden' });
  const last = await message(person, 'message 70').boundingBox();
  const talk = await conversation(person).boundingBox();
  assert.ok(last.y + last.height <= talk.y + talk.height, 'the latest can be seen');
  await ben.writes(chat, 'message 71');
  await person.sees('message 71');
  assert.ok(await jump.isHidden(), 'who is at the end stays there');
});

scene('what others write is read out, with their names', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  const person = await inside(env, { chat, by: ana });
  await ben.writes(chat, 'are you there?');
  await person.page.getByRole('log').getByText('Ben: are you there?').waitFor({ state: 'attached' });
  await ana.writes(chat, 'from elsewhere');
  await eventuallyEquals(async () => (await shown(person)).at(-1), 'from elsewhere');
  assert.equal(await person.page.getByRole('log').getByText('from elsewhere').count(), 0, 'nobody hears what they wrote themselves');
});
