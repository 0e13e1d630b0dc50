// Push notifications on a desktop, in the whole Chromium: what is shown, what a click opens, and that the page can be installed.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { Desktop } from './desktop.mjs';
import { chatOfTwo } from './fixtures/conversation.mjs';
import { deliverPush, installPushManager } from './push_browser.mjs';
import { scene } from './environment.mjs';
import { pushScene, turnsChat } from './fixtures/push.mjs';

const desktop = await Desktop.open();
after(() => desktop.close());

/** Ben’s page of a chat with Ana on the desktop, with its switch for notifications on. */
async function benOnDesktop(env, service) {
  const { ana, ben, chat } = await chatOfTwo(env, { title: 'Market' });
  const person = await env.person({ browser: desktop.browser });
  await person.context.addInitScript(installPushManager, service.browser);
  await person.goes('/');
  await person.holds({ ...chat, author_id: ben.credential });
  await person.goes(`/c/${chat.chat_id}`);
  await turnsChat({ person, ben, chat }, true);
  return { ana, chat, person };
}

pushScene('a push is shown on the desktop, and a click on it opens the chat', async (env, service) => {
  const { ana, chat, person } = await benOnDesktop(env, service);
  await person.goes('/security');
  await ana.writes(chat, 'Nine o’clock');
  await deliverPush(person, (await service.next()).text);
  const shown = await desktop.next();
  assert.equal(shown.title, 'Market');
  assert.match(shown.body, /Ana wrote$/, 'the words are not shown unless somebody wants it');
  const opening = person.context.waitForEvent('page');
  desktop.clicks(shown);
  const opened = await opening;
  await opened.getByText('Nine o’clock').waitFor();
  assert.equal(opened.url(), `${env.origin}/c/${chat.chat_id}`);
  assert.deepEqual(await desktop.next(), { closed: shown.id });
});

pushScene('nothing stays on the desktop of a chat that is before the eyes', async (env, service) => {
  const { chat, person } = await benOnDesktop(env, service);
  await deliverPush(person, JSON.stringify({ kind: 'message', chat_id: chat.chat_id, title: 'Market', from: 'Ana' }));
  const { id } = await desktop.next();
  assert.deepEqual(await desktop.next(), { closed: id });
});

scene('Chromium installs the page', async (env) => {
  const person = await env.person({ browser: desktop.browser });
  await person.goes('/');
  const browser = await person.context.newCDPSession(person.page);
  const { installabilityErrors } = await browser.send('Page.getInstallabilityErrors');
  assert.deepEqual(installabilityErrors, []);
});
