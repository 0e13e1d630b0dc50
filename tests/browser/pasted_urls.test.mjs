// URLs as they are pasted: with punctuation behind them, or those of the API instead of the page's.
import assert from 'node:assert/strict';

import { button, eventually, isInside, ownerInside, pageOf, says } from './fixtures/door.mjs';
import { scene } from './environment.mjs';

/** What follows a link in a sentence, a mail or a chat. */
const BEHIND = ['.', ').', ',%20', '%E2%80%8B', '%E2%80%9D!'];

for (const behind of BEHIND) {
  scene(`a link that was pasted with “${behind}” behind it leads to its chat`, async (env) => {
    const { owner, link } = await ownerInside(env);
    const ben = await env.person({ device: 'telephone' });
    await ben.goes(`${pageOf(link)}${behind}`);
    await ben.fills('Your name', 'Ben');
    await button(ben, 'Knock').click();
    await ben.sees('Connected');
    await ben.goes(pageOf(link));
    await ben.sees('You knocked');
    await owner.api.lets(link);
    await isInside(ben);
  });
}

scene('the address of a chat that was pasted with a bracket behind it leads to the chat that this browser holds', async (env) => {
  const { owner, chat } = await ownerInside(env);
  await owner.goes(`/c/${chat.chat_id}).`);
  await owner.sees('Connected');
});

scene('a longer name than that of a link is another one', async (env) => {
  const { owner, chat, link } = await ownerInside(env);
  const ben = await env.person();
  ben.expects(/status of 404/);
  await ben.goes(`${pageOf(link)}A`);
  await ben.fills('Your name', 'Ben');
  await button(ben, 'Knock').click();
  await ben.sees('This link leads nowhere any more');
  assert.deepEqual((await owner.api.calls('GET', `/v1/chats/${chat.chat_id}/knocks`)).items, []);
});

scene('the address of an open chat in the API leads a browser to its page, where one can write', async (env) => {
  const ana = env.apiClient();
  const chat = await ana.opens({ admission: 'open', title: 'Market' });
  const ben = await env.person();
  await ben.goes(`/v1/chats/${chat.chat_id}).`);
  await isInside(ben);
  assert.equal(new URL(ben.page.url()).pathname, `/c/${chat.chat_id}`);
  await says(ben, 'hello from outside');
  await eventually(
    () => ana.reads(chat),
    ({ messages }) => messages.some(({ text }) => text === 'hello from outside'),
  );
});

scene('the address of a chat to knock at leads to a page that says what to ask for', async (env) => {
  const chat = await env.apiClient().opens();
  const ben = await env.person();
  ben.expects(/status of 404/);
  await ben.goes(`/v1/chats/${chat.chat_id}`);
  await ben.sees('There is no chat for you here');
  await ben.sees('ask whoever sent it to you for a link');
  await ben.canBeAnybody();
});
