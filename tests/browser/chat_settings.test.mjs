// Changes of a chat reach everybody at once: members, title, lifetime, admission.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import {
  admitted,
  answers,
  eventuallyEquals,
  chatOfTwo,
  assertForgotten,
  inside,
  storedEntries,
  shown,
  writesAll,
} from './fixtures/conversation.mjs';
import { scene } from './environment.mjs';

/** A chat with a message, and pages of Ana, its owner, and of Ben. */
async function pagesOfTwo(env, body) {
  const { ana, ben, chat } = await chatOfTwo(env, body);
  await writesAll(ben, chat, ['unforgettable words']);
  const pages = { ana: await inside(env, { chat, by: ana }), ben: await inside(env, { chat, by: ben }, { device: 'telephone' }) };
  for (const page of Object.values(pages)) await page.sees('unforgettable words');
  return { ana, ben, chat, pages };
}

const panel = ({ page }, name) => page.getByRole('complementary', { name, exact: true });
/** The people in the list, without who is online. */
const people = (person) =>
  panel(person, 'People')
    .getByRole('listitem')
    .evaluateAll((all) => all.map(({ innerText }) => innerText.split('\n').filter((text) => text.length > 1)))
    .then((all) => all.map((texts) => texts.map((text) => text.replace(', online', ''))));
const told = ({ page }, title) => page.getByRole('heading', { name: title }).waitFor();

scene('who is in the chat is listed, as they come and go', async (env) => {
  const { ana, chat, pages } = await pagesOfTwo(env);
  const two = [
    ['Ana', 'owner'],
    ['Ben', 'you, guest'],
  ];
  for (const page of Object.values(pages)) await page.presses(/^People/);
  await eventuallyEquals(
    () => people(pages.ana),
    [
      ['Ana', 'you, owner'],
      ['Ben', 'guest', 'Remove'],
    ],
  );
  await eventuallyEquals(() => people(pages.ben), two);
  const cleo = await admitted(env, { ana, chat }, 'Cleo');
  await eventuallyEquals(
    () => people(pages.ben),
    [
      ['Ana', 'owner'],
      ['Ben', 'you, guest'],
      ['Cleo', 'guest'],
    ],
  );
  await pages.ana.page.getByRole('button', { name: 'People: 3 people' }).waitFor();
  const { items } = await ana.calls('GET', `/v1/chats/${chat.chat_id}/members`);
  await cleo.removes(
    chat,
    items.find(({ name }) => name === 'Cleo'),
  );
  await eventuallyEquals(() => people(pages.ben), two);
  await pages.ana.sees('Cleo left');
});

scene('who is removed is told so, and keeps nothing', async (env) => {
  const { ben, chat, pages } = await pagesOfTwo(env);
  await pages.ben.fills('Message', 'half a thought');
  await pages.ana.presses(/^People/);
  await pages.ana.presses('Remove Ben');
  await answers(pages.ana, 'Remove Ben?', 'Cancel');
  assert.equal((await ben.reads(chat)).chat.me.name, 'Ben', 'a question is not a deed');
  await pages.ana.presses('Remove Ben');
  await answers(pages.ana, 'Remove Ben?', 'Remove');
  await told(pages.ben, 'You were removed from this chat');
  await assertForgotten(pages.ben, chat, 'unforgettable');
  await pages.ana.sees('Ben was removed');
  assert.deepEqual(await people(pages.ana), [['Ana', 'you, owner']]);
});

scene('who leaves is asked first, and keeps nothing', async (env) => {
  const { chat, pages } = await pagesOfTwo(env);
  await pages.ben.presses('Chat');
  await pages.ben.presses('Leave the chat');
  await answers(pages.ben, 'Leave this chat?', 'Cancel');
  assert.notDeepEqual(await storedEntries(pages.ben, chat), []);
  await pages.ben.presses('Leave the chat');
  await answers(pages.ben, 'Leave this chat?', 'Leave the chat');
  await told(pages.ben, 'You have left this chat');
  await assertForgotten(pages.ben, chat, 'unforgettable');
  await pages.ana.sees('Ben left');
});

scene('who ends a chat is asked first, and it is gone for both', async (env) => {
  const { ana, chat, pages } = await pagesOfTwo(env);
  await pages.ana.presses('Chat');
  await pages.ana.presses('End the chat for everybody');
  await answers(pages.ana, 'End this chat for everybody?', 'Cancel');
  assert.equal((await ana.reads(chat)).messages.length, 1);
  await pages.ana.presses('End the chat for everybody');
  await answers(pages.ana, 'End this chat for everybody?', 'End the chat for everybody');
  for (const page of Object.values(pages)) {
    await told(page, 'This chat has ended');
    await page.sees('It was closed. Everything in it is gone');
    await assertForgotten(page, chat, 'unforgettable');
  }
  await assert.rejects(ana.reads(chat), { status: 404 });
});

scene('the conversation is saved as a file, as the API writes it', async (env) => {
  const { ben, chat, pages } = await pagesOfTwo(env, { title: 'Plans: Sunday / 9' });
  await pages.ben.presses('Chat');
  const [download] = await Promise.all([pages.ben.page.waitForEvent('download'), pages.ben.presses('Save the conversation as a file')]);
  assert.equal(download.suggestedFilename(), 'Plans-Sunday-9.ndjson');
  const headers = { authorization: `Bearer ${ben.credential}`, accept: 'application/json' };
  const exported = await fetch(`${env.server.origin}/v1/chats/${chat.chat_id}/export`, { headers, signal: AbortSignal.timeout(10_000) });
  const saved = await readFile(await download.path(), 'utf8');
  assert.equal(saved, await exported.text());
  assert.ok(saved.includes('unforgettable words'));
});

scene('a new title and a new lifetime are seen by the other at once', async (env) => {
  const { ana, chat, pages } = await pagesOfTwo(env, { title: 'Sunday' });
  await pages.ana.presses('Chat');
  await pages.ana.fills('Title', 'Monday');
  await pages.ana.page.getByLabel('Gone when nobody has written for').selectOption('30 days');
  await pages.ana.presses(/^Save$/);
  await pages.ana.page.getByRole('status').getByText('Saved', { exact: true }).waitFor();
  assert.equal(await pages.ana.page.evaluate(() => document.activeElement.textContent), 'Save', 'the focus stays where it was');
  const { chat: changed } = await ana.reads(chat);
  assert.deepEqual([changed.title, changed.expires_in], ['Monday', 2_592_000]);
  await told(pages.ben, 'Monday');
  await pages.ben.sees('gone in 29 days');
  await pages.ben.sees('Ana changed the chat');
  assert.equal(await pages.ben.page.title(), 'Monday');
  await pages.ben.presses('Chat');
  assert.equal(await pages.ben.page.getByLabel('Title').count(), 0, 'only the owner changes a chat');
});

/** Selects an admission and confirms the dialog. */
async function admits(person, choice, title, button) {
  await person.page.getByLabel('Who comes in').selectOption(choice);
  await person.presses(/^Save$/);
  await answers(person, title, button);
}

scene('a chat is opened to everybody and closed again, each after a question', async (env) => {
  const { ana, chat, pages } = await pagesOfTwo(env);
  const admission = async () => (await ana.reads(chat)).chat.admission;
  const [knock, open] = ['People knock, and I decide', 'Whoever has the address comes straight in'];
  await pages.ana.presses('Chat');
  await admits(pages.ana, open, 'Open the chat to everybody?', 'Cancel');
  assert.equal(await admission(), 'knock');
  await admits(pages.ana, open, 'Open the chat to everybody?', open);
  await eventuallyEquals(admission, 'open');
  await pages.ana.sees('Ana changed the chat');
  const stranger = env.apiClient();
  await stranger.writes(chat, 'just passing');
  await pages.ben.sees('just passing');
  assert.ok((await pages.ben.page.getByRole('region', { name: 'Conversation' }).ariaSnapshot()).includes('paragraph: Somebody'));
  await admits(pages.ana, knock, 'Ask everybody to knock?', knock);
  await eventuallyEquals(admission, 'knock');
  await assert.rejects(stranger.writes(chat, 'once more'), { status: 404 });
  await eventuallyEquals(() => shown(pages.ben), ['unforgettable words', 'just passing']);
});

scene('the time that is left is given again by every message', async (env) => {
  const { ben, chat, pages } = await pagesOfTwo(env, { expires_in: 120 });
  await ben.writes(chat, 'here we are');
  await eventuallyEquals(() => pages.ana.page.getByText(/^gone in 1:5[0-4]$/).count(), 1);
  await ben.writes(chat, 'stay a while');
  await eventuallyEquals(() => pages.ana.page.getByText(/^gone in (2:00|1:5[6-9])$/).count(), 1);
});
