// Answering a message: what is quoted, and the way to it.
import assert from 'node:assert/strict';

import { scene } from './environment.mjs';
import { chatOfTwo, conversation, eventuallyEquals, inside, message, numbered, writesAll } from './fixtures/conversation.mjs';
import { chooses, deletes, edits, posts } from './fixtures/messages.mjs';

const field = ({ page }) => page.getByRole('textbox', { name: 'Message' });
const quoteIn = (person, text) => message(person, text).locator('.quote');
const answersOf = async (api, chat) => (await api.reads(chat)).messages.map(({ text, reply_to: to = null }) => [text, to]);

scene('an answer quotes what it answers, on the page of both', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  const { seq } = await ben.writes(chat, 'Do we meet at ten?');
  const [person, other] = [await inside(env, { chat, by: ana }), await inside(env, { chat, by: ben }, { device: 'telephone' })];
  await field(person).fill('half a thought');
  await chooses(person, 'Do we meet at ten?', 'Reply');
  await person.page.locator('.mode').getByText('Reply to Ben').waitFor();
  assert.equal(await field(person).inputValue(), 'half a thought', 'what was begun becomes the answer');
  await person.canBeAnybody();
  await person.picture('reply');
  await field(person).fill('At ten');
  await person.page.keyboard.press('Enter');
  for (const page of [person, other]) await eventuallyEquals(() => quoteIn(page, 'At ten').innerText(), 'Ben\nDo we meet at ten?');
  assert.deepEqual(await answersOf(ana, chat), [
    ['Do we meet at ten?', null],
    ['At ten', seq],
  ]);
  await field(person).fill('And then?');
  await person.page.keyboard.press('Enter');
  await message(other, 'And then?').waitFor();
  assert.equal(await quoteIn(other, 'And then?').count(), 0, 'an answer is one message');
});

scene('who changes their mind presses Escape or the button, and keeps what they wrote', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  await ben.writes(chat, 'one');
  const person = await inside(env, { chat, by: ana });
  for (const cancel of [() => field(person).press('Escape'), () => person.presses('Do not reply')]) {
    await chooses(person, 'one', 'Reply');
    await field(person).fill('two');
    await cancel();
    await person.page.locator('.mode').waitFor({ state: 'hidden' });
    assert.equal(await field(person).inputValue(), 'two');
    assert.ok(await field(person).evaluate((element) => element === document.activeElement));
  }
  await field(person).press('Enter');
  await eventuallyEquals(
    () => answersOf(ana, chat),
    [
      ['one', null],
      ['two', null],
    ],
  );
});

scene('a quote leads to what it quotes, and follows its changes, however far back it is', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  const first = await ben.writes(chat, 'the very first');
  await writesAll(ben, chat, numbered(1, 130));
  await posts(ana, chat, { text: 'an answer', reply_to: first.seq });
  const person = await inside(env, { chat, by: ana });
  await eventuallyEquals(() => quoteIn(person, 'an answer').innerText(), 'Ben\nthe very first');
  await edits(ben, first, 'the very first, edited');
  await eventuallyEquals(() => quoteIn(person, 'an answer').innerText(), 'Ben\nthe very first, edited');
  await quoteIn(person, 'an answer').click();
  const target = message(person, 'the very first, edited');
  await target.waitFor();
  const [seen, talk] = [await target.boundingBox(), await conversation(person).boundingBox()];
  assert.ok(seen.y >= talk.y && seen.y + seen.height <= talk.y + talk.height, 'it is on the screen');
  await deletes(ben, first);
  await eventuallyEquals(() => conversation(person).locator('.quote').innerText(), 'Ben\nMessage deleted');
});
