// Editing and deleting messages: who may, how, and what the others see.
import assert from 'node:assert/strict';

import { scene } from './environment.mjs';
import {
  answers,
  chatOfTwo,
  conversation,
  eventuallyEquals,
  inside,
  message,
  numbered,
  shown,
  writesAll,
} from './fixtures/conversation.mjs';
import { choice, chooses, deletes, edits, more, opensMenu, reacts } from './fixtures/messages.mjs';

const field = ({ page }) => page.getByRole('textbox', { name: 'Message' });
const editing = ({ page }) => page.locator('.mode').getByText('Edit your message');
const written = async (api, chat) => (await api.reads(chat)).messages.map(({ text = null }) => text);

scene('an edited message is shown to both at once, with a mark, and its old text is gone', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  await writesAll(ana, chat, ['at nine', 'by the fountain']);
  const [person, other] = [await inside(env, { chat, by: ana }), await inside(env, { chat, by: ben })];
  await field(person).fill('half a thought');
  await chooses(person, 'at nine', 'Edit');
  await editing(person).waitFor();
  assert.equal(await field(person).inputValue(), 'at nine');
  await person.canBeAnybody();
  await person.picture('edit');
  await field(person).fill('at *ten*');
  await person.page.keyboard.press('Enter');
  await editing(person).waitFor({ state: 'hidden' });
  assert.equal(await field(person).inputValue(), 'half a thought', 'the draft is back');
  for (const page of [person, other]) {
    await eventuallyEquals(() => shown(page), ['at ten', 'by the fountain']);
    await message(page, 'at ten').getByText('edited').waitFor();
    assert.ok(!(await page.page.content()).includes('at nine'));
  }
  await other.page.reload();
  await eventuallyEquals(() => shown(other), ['at ten', 'by the fountain']);
});

scene('the up arrow in an empty field edits the last own message, and Escape leaves it as it was', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  await writesAll(ana, chat, ['one', 'two']);
  await ben.writes(chat, 'three');
  const person = await inside(env, { chat, by: ana });
  await field(person).fill('x');
  await field(person).press('ArrowUp');
  assert.ok(await editing(person).isHidden(), 'in a text the arrow moves');
  await field(person).fill('');
  await field(person).press('ArrowUp');
  assert.equal(await field(person).inputValue(), 'two');
  await field(person).fill('never mind');
  await field(person).press('Escape');
  assert.equal(await field(person).inputValue(), '');
  await person.page.reload();
  await person.sees('three');
  assert.equal(await field(person).inputValue(), '', 'what was being edited is no draft');
  assert.deepEqual(await written(ana, chat), ['one', 'two', 'three']);
});

scene('only one’s own messages are edited; the owner of a chat deletes those of others too', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  await ana.writes(chat, 'of Ana');
  await ben.writes(chat, 'of Ben');
  const [owner, guest] = [await inside(env, { chat, by: ana }), await inside(env, { chat, by: ben })];
  const choices = async (person, text) => {
    await opensMenu(person, text);
    const names = await person.page.getByRole('menuitem').allInnerTexts();
    await person.page.keyboard.press('Escape');
    return names;
  };
  assert.deepEqual(await choices(owner, 'of Ana'), ['Reply', 'Edit', 'Delete…']);
  assert.deepEqual(await choices(owner, 'of Ben'), ['Reply', 'Delete…', 'Report…']);
  assert.deepEqual(await choices(guest, 'of Ana'), ['Reply', 'Report…']);
  assert.deepEqual(await choices(guest, 'of Ben'), ['Reply', 'Edit', 'Delete…']);
});

scene('who deletes a message is asked first; then its text is gone for both, and its place is not', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  await writesAll(ben, chat, ['one', 'unforgettable', 'three']);
  const [owner, guest] = [await inside(env, { chat, by: ana }), await inside(env, { chat, by: ben })];
  await chooses(owner, 'unforgettable', 'Delete…');
  await answers(owner, 'Delete this message?', 'Cancel');
  assert.deepEqual(await shown(guest), ['one', 'unforgettable', 'three']);
  await chooses(owner, 'unforgettable', 'Delete…');
  await answers(owner, 'Delete this message?', 'Delete');
  for (const page of [owner, guest]) {
    await eventuallyEquals(() => shown(page), ['one', 'Message deleted', 'three']);
    assert.ok(!(await conversation(page).innerHTML()).includes('unforgettable'));
    assert.equal(await more(page, 'Message deleted').count(), 0);
    await page.canBeAnybody();
  }
  await owner.picture('deleted');
  assert.deepEqual(await written(ana, chat), ['one', null, 'three']);
});

scene('what is deleted while it is edited becomes a draft', async (env) => {
  const { ana, chat } = await chatOfTwo(env);
  const one = await ana.writes(chat, 'one');
  const person = await inside(env, { chat, by: ana });
  await chooses(person, 'one', 'Edit');
  await field(person).fill('one and a half');
  await deletes(ana, one);
  await editing(person).waitFor({ state: 'hidden' });
  assert.equal(await field(person).inputValue(), 'one and a half');
});

scene('changes that were made while the page was offline, or to what was not loaded, are there', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  const first = await ben.writes(chat, 'the very first');
  await writesAll(ben, chat, numbered(1, 60));
  const last = await ben.writes(chat, 'the last');
  const person = await inside(env, { chat, by: ana });
  person.expects(/ERR_INTERNET_DISCONNECTED/);
  await person.context.setOffline(true);
  await person.page.getByText('Offline').waitFor();
  await edits(ben, first, 'the very first, edited');
  await edits(ben, last, 'the last, edited');
  await deletes(ben, last);
  for (let n = 0; n < 60; n += 1) await reacts(ben, first, '👍', n % 2 === 0);
  await person.context.setOffline(false);
  await eventuallyEquals(async () => (await shown(person)).at(-1), 'Message deleted');
  await person.page.reload();
  await message(person, 'message 60').waitFor();
  while ((await person.page.getByText('This is the beginning.').count()) === 0)
    await conversation(person).evaluate((scroll) => scroll.scrollTo(0, 0));
  assert.deepEqual(await shown(person), ['the very first, edited', ...numbered(1, 60), 'Message deleted']);
  assert.equal(await choice(person, 'Reply').count(), 0);
});
