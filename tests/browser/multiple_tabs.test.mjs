// Two tabs with one chat show the same, send once, and end together.
import assert from 'node:assert/strict';

import {
  admitted,
  answers,
  eventuallyEquals,
  chatOfTwo,
  connected,
  conversation,
  assertForgotten,
  inside,
  storedEntries,
  message,
  numbered,
  says,
  shown,
} from './fixtures/conversation.mjs';
import { scene } from './environment.mjs';

/** Another tab of the same browser, with the same chat. */
async function anotherTab(person, { chat_id: id }, prepares = () => {}) {
  const tab = { page: await person.context.newPage() };
  await prepares(tab.page);
  await tab.page.goto(`/c/${id}`);
  await connected(tab);
  return tab;
}

/** Two tabs of Ana, in her chat with Ben. */
async function twoTabs(env, { prepares } = {}) {
  const inChat = await chatOfTwo(env);
  const { ana, chat } = inChat;
  const first = await inside(env, { chat, by: ana, seen: 1 });
  const second = await anotherTab(first, chat, prepares);
  return { ...inChat, first, second };
}

const posting = (request) => request.method() === 'POST' && /\/v1\/chats\/[^/]+$/.test(request.url());
const field = ({ page }) => page.getByRole('textbox', { name: 'Message' });

scene('both tabs show the same, whoever writes and wherever', async (env) => {
  const { ben, chat, first, second } = await twoTabs(env);
  await says(first, 'from the first');
  await message(second, 'from the first').waitFor();
  await says(second, 'from the second');
  await message(first, 'from the second').waitFor();
  for (const tab of [first, second]) await eventuallyEquals(() => conversation(tab).locator('.unsent').count(), 0);
  await ben.writes(chat, 'from Ben');
  for (const tab of [first, second]) {
    await eventuallyEquals(() => shown(tab), ['from the first', 'from the second', 'from Ben']);
  }
});

scene('what is not sent yet is shown in both tabs, and sent by one', async (env) => {
  const { ana, chat, first, second } = await twoTabs(env);
  first.expects(/net::ERR_/);
  const sent = [];
  first.context.on('requestfinished', (request) => posting(request) && sent.push(request.postDataJSON().text));
  await first.context.setOffline(true);
  for (const tab of [first, second]) await tab.page.getByRole('status').getByText('Offline', { exact: true }).waitFor();
  for (const text of numbered(1, 5)) await says(first, text);
  await eventuallyEquals(() => shown(second), numbered(1, 5));
  await says(second, 'message 6');
  await eventuallyEquals(() => shown(first), numbered(1, 6));
  await first.context.setOffline(false);
  for (const tab of [first, second]) {
    await eventuallyEquals(() => conversation(tab).locator('.unsent').count(), 0);
    await eventuallyEquals(() => shown(tab), numbered(1, 6));
  }
  assert.deepEqual(
    (await ana.reads(chat)).messages.map(({ text }) => text),
    numbered(1, 6),
  );
  // Each message was sent once.
  await eventuallyEquals(() => sent, numbered(1, 6));
});

scene('what a tab left unsent when it was closed is sent by the other', async (env) => {
  const { ana, chat, first, second } = await twoTabs(env);
  first.expects(/net::ERR_/);
  await first.context.setOffline(true);
  await second.page.getByRole('status').getByText('Offline', { exact: true }).waitFor();
  await says(second, 'before I go');
  await eventuallyEquals(() => shown(first), ['before I go']);
  await second.page.close();
  await first.context.setOffline(false);
  await eventuallyEquals(async () => (await ana.reads(chat)).messages.map(({ text }) => text), ['before I go']);
  await eventuallyEquals(() => conversation(first).locator('.unsent').count(), 0);
});

/** A tab that is hidden until `looking` is called. */
const hides = (page) => page.addInitScript(() => Object.defineProperty(document, 'hidden', { get: () => !globalThis.looking }));

scene('a draft is taken over by a tab that nobody looks at, and disturbs nobody who writes in the other', async (env) => {
  const { first, second } = await twoTabs(env, { prepares: hides });
  await field(first).fill('half a thought');
  await eventuallyEquals(() => field(second).inputValue(), 'half a thought');
  await second.page.evaluate(() => {
    globalThis.looking = true;
  });
  await field(second).fill('another thought');
  await says(second, 'spoken');
  await message(first, 'spoken').waitFor();
  assert.equal(await field(first).inputValue(), 'half a thought');
});

for (const device of ['desktop', 'telephone']) {
  scene(`who leaves in one tab has left in the other, by ${device}`, async (env) => {
    const { ben, chat } = await chatOfTwo(env);
    await ben.writes(chat, 'unforgettable words');
    const first = await inside(env, { chat, by: ben }, { device });
    const second = await anotherTab(first, chat);
    await message(second, 'unforgettable words').waitFor();
    await first.presses('Chat');
    await first.presses('Leave the chat');
    await answers(first, 'Leave this chat?', 'Leave the chat');
    for (const tab of [first, second]) {
      await tab.page.getByRole('heading', { name: 'You have left this chat' }).waitFor();
      await assertForgotten(tab, chat, 'unforgettable');
    }
  });
}

scene('a chat that is ended in one tab has ended in the other, and neither brings back what was kept of it', async (env) => {
  const { chat, first, second } = await twoTabs(env);
  await field(second).fill('half a thought');
  await first.presses('Chat');
  await first.presses('End the chat for everybody');
  await answers(first, 'End this chat for everybody?', 'End the chat for everybody');
  for (const tab of [first, second]) await tab.page.getByRole('heading', { name: 'This chat has ended' }).waitFor();
  assert.deepEqual(await storedEntries(first, chat), []);
});

scene('a knock that is decided in one tab leaves the other, and who comes in is there in both', async (env) => {
  const { ana, chat, first, second } = await twoTabs(env);
  const link = await ana.makesLink(chat);
  const knock = (name) => env.apiClient().knocks(link, { name });
  await knock('Cleo');
  await knock('Dora');
  const card = (tab, name) => tab.page.getByRole('button', { name: `Let in ${name}`, exact: true });
  for (const tab of [first, second]) for (const name of ['Cleo', 'Dora']) await card(tab, name).waitFor();
  await card(first, 'Cleo').click();
  for (const tab of [first, second]) {
    await card(tab, 'Cleo').waitFor({ state: 'detached' });
    await conversation(tab).getByText('Cleo came in').waitFor();
  }
  await second.page.getByRole('button', { name: 'Decline Dora', exact: true }).click();
  for (const tab of [first, second]) await card(tab, 'Dora').waitFor({ state: 'detached' });
  await admitted(env, { ana, chat }, 'Emil');
  for (const tab of [first, second]) await tab.page.getByRole('button', { name: 'People: 4 people' }).waitFor();
});

scene('what was read in one tab is not new in the other', async (env) => {
  const { ben, chat, first, second } = await twoTabs(env, { prepares: hides });
  await ben.writes(chat, 'hello');
  await message(first, 'hello').waitFor();
  await second.page.reload();
  await message(second, 'hello').waitFor();
  assert.equal(await conversation(second).getByText('New', { exact: true }).count(), 0);
});
