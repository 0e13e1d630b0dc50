// What a push may not do, and what the page says where there are no push notifications.
import assert from 'node:assert/strict';

import { eventuallyEquals, inside, chatOfTwo } from './fixtures/conversation.mjs';
import { button } from './fixtures/door.mjs';
import { CHAT, benInside, pushScene, turns, turnsChat } from './fixtures/push.mjs';
import { PushBrowser } from './push_browser.mjs';
import { scene } from './environment.mjs';

/** What a push service may send in the place of the server, and what is then shown and opened. */
const HOSTILE = (chat) => {
  const right = { kind: 'message', chat_id: chat, title: 'Market', from: 'Ana' };
  const [news, page] = [['Parlor', 'There is something new.', ''], `c/${chat}`];
  return [
    ['', news],
    ['not JSON', news],
    ['null', news],
    ['[{"kind": "message"}]', news],
    ['"https://evil.example/"', news],
    [{ ...right, kind: 'toString' }, news],
    [{ ...right, kind: '__proto__' }, news],
    [{ ...right, kind: ['message'] }, news],
    [{ ...right, chat_id: 'https://evil.example/' }, news],
    [{ ...right, chat_id: '//evil.example/xxxxxxxxxxxxxxxxxxxxxxxxxxxxx' }, news],
    [{ ...right, chat_id: `../${'x'.repeat(40)}` }, news],
    [{ ...right, chat_id: `${'x'.repeat(43)}\n` }, news],
    [{ ...right, chat_id: ['x'.repeat(43)] }, news],
    [
      { ...right, url: 'https://evil.example/', path: '//evil.example', data: { url: 'https://evil.example/' } },
      ['Market', 'Ana wrote', page],
    ],
    [{ ...right, title: 'x'.repeat(1_000_000) }, news],
    [{ ...right, title: '🏠'.repeat(500) }, ['🏠'.repeat(120), 'Ana wrote', page]],
    [{ ...right, title: {}, from: 'Ana\n\u202Egnp.exe\0' }, ['Parlor', 'Ana gnp.exe wrote', page]],
    [{ ...right, text: { toString: 'x' }, unread: '1e9' }, ['Market', 'Ana wrote', page]],
    [{ ...right, from: '' }, news],
    [
      { kind: 'friend_request', title: 'Ben', from: '//evil.example', chat_id: chat },
      ['Ben', '@//evil.example asks to be your friend', 'account'],
    ],
  ];
};

pushScene('SEC-139 whatever is pushed, a click opens pages of Parlor only', async (env, service) => {
  const { ben, chat, person, browser } = await benInside(env, service);
  await turnsChat({ person, ben, chat }, true);
  await person.goes('/security');
  for (const [push, [title, body, path]] of HOSTILE(chat.chat_id)) {
    const shown = await browser.pushes(typeof push === 'string' ? push : JSON.stringify(push));
    const said = JSON.stringify(push).slice(0, 100);
    assert.deepEqual([shown.title, shown.body], [title, body], said);
    await browser.clicks(shown);
    assert.equal((await browser.noted()).opened.at(-1), `${env.origin}/${path}`, said);
  }
});

pushScene('SEC-139 the data of a notification is not trusted either', async (env, service) => {
  const { ben, chat, person, browser } = await benInside(env, service);
  await turnsChat({ person, ben, chat }, true);
  await person.goes('/security');
  for (const data of [null, 'https://evil.example/', { chat_id: '//evil.example/' }, { path: 'https://evil.example/' }]) {
    const worker = await browser.worker();
    await worker.evaluate((kept) => self.registration.showNotification('x', { tag: 'x', data: kept }), data);
    await browser.clicks({ tag: 'x' });
    assert.equal((await browser.noted()).opened.at(-1), `${env.origin}/`);
  }
});

pushScene('SEC-139 nothing of an ended chat is left in the browser', async (env, service) => {
  const { ana, ben, chat, person, browser } = await benInside(env, service);
  await turnsChat({ person, ben, chat }, true);
  await person.goes('/security');
  await ana.writes(chat, 'a secret');
  await browser.pushes((await service.next()).text);
  await ana.closes(chat);
  const worker = await browser.worker();
  person.expects(/status of 404/);
  await person.goes('/');
  await person.sees('Ended. Everything in it is gone.');
  await eventuallyEquals(() => browser.state(), { scopes: [], endpoint: null, caches: [] });
  assert.deepEqual(await worker.evaluate(() => self.noted.shown).catch(() => []), []);
});

/** Opens the settings of a chat in a browser that is changed by `change` before. */
async function settingsOf(env, change, options) {
  const { ben, chat } = await chatOfTwo(env);
  const person = await env.person(options);
  await person.context.addInitScript(change);
  await person.goes('/');
  await person.holds({ ...chat, author_id: ben.credential });
  await person.goes(`/c/${chat.chat_id}`);
  await button(person, 'Chat').click();
  return person;
}

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1';

for (const [name, sees, options] of [
  ['a browser without push notifications', 'This browser takes no notifications for closed pages.', {}],
  ['an iPhone', 'press the share button, choose “Add to Home Screen”', { userAgent: IPHONE }],
]) {
  scene(`who has ${name} is told so, and has no switch`, async (env) => {
    const person = await settingsOf(env, () => delete globalThis.PushManager, options);
    await person.sees(sees);
    assert.equal(await person.page.getByLabel(CHAT).count(), 0);
  });
}

scene('a server without push notifications is said to have none', async (env) => {
  const { ben, chat } = await chatOfTwo(env);
  const person = await inside(env, { chat, by: ben });
  await person.page.route('**/v1/instance', (route) => route.fulfill({ json: { registration: 'open', mail: false, push: false } }));
  await button(person, 'Chat').click();
  await person.sees('This server sends no notifications to closed pages.');
  assert.equal(await person.page.getByLabel(CHAT).count(), 0);
});

pushScene('who does not allow notifications is told how to, and nothing is subscribed', async (env, service) => {
  const { ben, chat } = await chatOfTwo(env);
  const person = await env.person();
  const browser = await PushBrowser.of(person, service, { answer: 'denied' });
  await person.goes('/');
  await person.holds({ ...chat, author_id: ben.credential });
  await person.goes(`/c/${chat.chat_id}`);
  await button(person, 'Chat').click();
  await person.page.getByLabel(CHAT).click();
  await person.sees('This browser does not allow notifications here. Allow them in its settings');
  assert.equal(await person.page.getByLabel(CHAT).isChecked(), false);
  assert.deepEqual(await browser.state(), { scopes: [], endpoint: null, caches: [] });
});

pushScene('what push notifications are is there for anybody, narrow and dark', async (env, service) => {
  for (const options of [{}, { viewport: { width: 320, height: 900 }, colorScheme: 'dark' }]) {
    const { ben, chat } = await chatOfTwo(env, { title: 'Market' });
    const person = await env.person(options);
    await PushBrowser.of(person, service);
    await person.goes('/');
    await person.holds({ ...chat, author_id: ben.credential });
    await person.goes(`/c/${chat.chat_id}`);
    await button(person, 'Chat').click();
    await turns(person, CHAT, true);
    await person.sees('Show the words that were written');
    await person.canBeAnybody();
    await person.picture(`push-${options.colorScheme ?? 'light'}`);
  }
});
