// Reactions: chosen in the menu, counted below the message.
import assert from 'node:assert/strict';

import { scene } from './environment.mjs';
import { chatOfTwo, conversation, eventuallyEquals, inside, message } from './fixtures/conversation.mjs';
import { more, opensMenu, reacts, readsOne } from './fixtures/messages.mjs';

/** The reactions below a message: text, and whether it is one's own. */
const below = (person, text) =>
  message(person, text)
    .locator('.reaction')
    .evaluateAll((all) => all.map(({ textContent, ariaPressed }) => [textContent, ariaPressed]));

/** The reactions of a message as the server has them. */
const counts = async (api, target) => (await readsOne(api, target)).reactions.map(({ emoji: sign, count }) => `${sign} ${count}`);

const emoji = ({ page }, name) => page.getByRole('menuitemcheckbox', { name, exact: true });

scene('a reaction is chosen in the menu, counted for both, and taken back by a click', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  const hello = await ben.writes(chat, 'hello');
  const [person, other] = [await inside(env, { chat, by: ana }), await inside(env, { chat, by: ben }, { device: 'telephone' })];
  await opensMenu(person, 'hello');
  assert.deepEqual(await person.page.getByRole('menuitemcheckbox').allInnerTexts(), ['👍', '❤️', '😂', '😮', '😢', '🎉']);
  await person.canBeAnybody();
  await person.picture('menu');
  await emoji(person, 'Heart').click();
  await eventuallyEquals(() => below(person, 'hello'), [['❤️1', 'true']]);
  await eventuallyEquals(() => below(other, 'hello'), [['❤️1', 'false']]);
  await message(other, 'hello').getByRole('button', { name: '❤️, 1 time' }).tap();
  for (const page of [person, other]) await eventuallyEquals(() => below(page, 'hello'), [['❤️2', 'true']]);
  assert.equal(await message(person, 'hello').locator('.reaction').getAttribute('title'), 'You, Ben');
  await reacts(ben, hello, '🎉');
  await eventuallyEquals(
    () => below(person, 'hello'),
    [
      ['❤️2', 'true'],
      ['🎉1', 'false'],
    ],
  );
  await person.canBeAnybody();
  await other.picture('reactions');
  await message(person, 'hello').getByRole('button', { name: '❤️, 2 times' }).click();
  await opensMenu(person, 'hello');
  assert.equal(await emoji(person, 'Heart').getAttribute('aria-checked'), 'false');
  await emoji(person, 'Celebration').click();
  await eventuallyEquals(
    () => below(person, 'hello'),
    [
      ['❤️1', 'false'],
      ['🎉2', 'true'],
    ],
  );
  assert.deepEqual(await counts(ana, hello), ['❤️ 1', '🎉 2']);
});

scene('the keyboard reaches reactions, and keeps its place when others react', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  const hello = await ben.writes(chat, 'hello');
  await reacts(ben, hello, '👍');
  const person = await inside(env, { chat, by: ana });
  const focused = () => person.page.evaluate(() => document.activeElement.getAttribute('aria-label'));
  await person.page.keyboard.press('Shift+Tab');
  assert.equal(await focused(), 'More');
  await person.page.keyboard.press('ArrowLeft');
  assert.equal(await focused(), '👍, 1 time');
  await person.page.keyboard.press('Enter');
  await eventuallyEquals(() => below(person, 'hello'), [['👍2', 'true']]);
  assert.equal(await focused(), '👍, 2 times');
  await reacts(ben, hello, '🎉');
  await eventuallyEquals(async () => (await below(person, 'hello')).length, 2);
  assert.equal(await focused(), '👍, 2 times');
  await more(person, 'hello').focus();
  await person.page.keyboard.press('Enter');
  await reacts(ben, hello, '🎉', false);
  await eventuallyEquals(async () => (await below(person, 'hello')).length, 1);
  await person.page.keyboard.press('Escape');
  assert.equal(await focused(), 'More', 'a menu gives the focus back to a message that has changed');
});

scene('what is refused is said', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  const hello = await ben.writes(chat, 'hello');
  for (const sign of ['😀', '😁', '😆', '😅', '🤣', '😊', '😇', '🙂', '🙃', '😉', '😌', '😍']) await reacts(ben, hello, sign);
  const person = await inside(env, { chat, by: ana });
  person.expects(/status of 409/);
  await opensMenu(person, 'hello');
  await emoji(person, 'Heart').click();
  await conversation(person).page().getByRole('alert').getByText('This message has twelve kinds of reactions already.').waitFor();
  await person.presses('Close');
  assert.equal(await person.page.getByRole('alert').getByText('twelve kinds').count(), 0);
});
