// Push notifications of members and guests: switched on in the page, sealed by the server, shown by the worker, clicked into the chat.
import assert from 'node:assert/strict';

import { chatOfTwo, enters, eventuallyEquals, message } from './fixtures/conversation.mjs';
import { button, isInside, waitsAt } from './fixtures/door.mjs';
import { CHAT, DOOR, WORDS, benInside, pushScene, subscriptionsOf, turns, turnsChat } from './fixtures/push.mjs';
import { PushBrowser } from './push_browser.mjs';

pushScene('what is written while no page is open is shown, and a click leads to it', async (env, service) => {
  const { ana, ben, chat, person, browser } = await benInside(env, service);
  await turnsChat({ person, ben, chat }, true);
  assert.deepEqual((await browser.state()).scopes, [`${env.origin}/`]);
  await person.goes('/security');
  await ana.writes(chat, 'a secret, for Ben');
  const { headers, text } = await service.next();
  assert.deepEqual([headers['content-encoding'], headers.ttl], ['aes128gcm', '86400']);
  assert.deepEqual(JSON.parse(text), { kind: 'message', chat_id: chat.chat_id, title: 'Market', from: 'Ana', unread: 1 });
  const shown = await browser.pushes(text);
  assert.deepEqual([shown.title, shown.body, shown.tag, shown.silent], ['Market', 'Ana wrote', chat.chat_id, false]);
  assert.equal((await browser.noted()).badge, 1);
  await browser.clicks(shown);
  const { opened, badge } = await browser.noted();
  assert.deepEqual([opened, badge], [[`${env.origin}/c/${chat.chat_id}`], 0]);
  await person.goes(opened[0]);
  await message(person, 'a secret, for Ben').waitFor();
});

pushScene('the words of messages are in notifications for who wants them', async (env, service) => {
  const { ana, ben, chat, person, browser } = await benInside(env, service);
  await turnsChat({ person, ben, chat }, true);
  await button(person, 'Chat').click();
  await turns(person, WORDS, true);
  await eventuallyEquals(async () => (await subscriptionsOf(ben, chat)).map(({ text }) => text), [true]);
  await person.goes('/security');
  for (const text of ['Hello Ben', 'How are you?']) await ana.writes(chat, text);
  const { text } = await service.next();
  const shown = await browser.pushes(text);
  assert.deepEqual([shown.title, shown.body, (await browser.noted()).badge], ['Market', 'Ana: How are you?', 2]);
  await enters(person, chat);
  await eventuallyEquals(async () => (await browser.noted()).shown, []);
});

pushScene('who has the chat before their eyes is not disturbed, and a click leads to the page that is open', async (env, service) => {
  const { ben, chat, person, browser } = await benInside(env, service);
  await turnsChat({ person, ben, chat }, true);
  const push = JSON.stringify({ kind: 'message', chat_id: chat.chat_id, title: 'Market', from: 'Ana', unread: 1 });
  const seen = await browser.pushes(push);
  assert.deepEqual([seen.silent, seen.renotify], [true, false]);
  await eventuallyEquals(async () => (await browser.noted()).shown, []);
  const other = { ...JSON.parse(push), chat_id: 'x'.repeat(43) };
  const shown = await browser.pushes(JSON.stringify(other));
  assert.equal(shown.silent, false, 'of another chat');
  await (await browser.worker()).evaluate((data) => Object.assign(self.noted.shown[0].data, data), { chat_id: chat.chat_id });
  await browser.clicks(shown);
  const { opened, focused } = await browser.noted();
  assert.deepEqual([opened, focused], [[], [`${env.origin}/c/${chat.chat_id}`]]);
});

pushScene('two chats of one browser share its endpoint, and the browser is released with the last', async (env, service) => {
  const one = await benInside(env, service);
  const { person, browser } = one;
  await turnsChat(one, true);
  const two = { ...(await chatOfTwo(env, { title: 'Garden' })), person };
  await person.holds({ ...two.chat, author_id: two.ben.credential });
  await enters(person, two.chat);
  await turnsChat(two, true);
  const { endpoint } = await browser.state();
  await person.goes('/security');
  for (const { ana, chat } of [one, two]) {
    await ana.writes(chat, 'hello');
    const { path, text } = await service.next();
    assert.deepEqual([`${service.browser.origin}${path}`, JSON.parse(text).chat_id], [endpoint, chat.chat_id]);
  }
  await enters(person, one.chat);
  await turnsChat(one, false);
  assert.equal((await browser.state()).endpoint, endpoint, 'the other chat has it still');
  person.expects(/status of 404 .*\/receipt\)/);
  await enters(person, two.chat);
  await two.ana.closes(two.chat);
  await person.sees('This chat has ended');
  await eventuallyEquals(() => browser.state(), { scopes: [], endpoint: null, caches: [] });
});

pushScene('who waits is told that they were let in, and a click leads into the chat', async (env, service) => {
  const ana = env.apiClient();
  const chat = await ana.opens({ title: 'Market' });
  const link = await ana.makesLink(chat);
  const person = await env.person();
  const browser = await PushBrowser.of(person, service);
  await waitsAt(env, link, { guest: person });
  await turns(person, DOOR, true);
  await eventuallyEquals(() => person.page.getByLabel(DOOR).isChecked(), true);
  await eventuallyEquals(async () => (await browser.state()).endpoint !== null, true);
  await person.goes('/security');
  await ana.lets(link);
  const shown = await browser.pushes((await service.next()).text);
  assert.deepEqual([shown.title, shown.body], ['Market', 'Ana let you in']);
  await browser.clicks(shown);
  const { opened } = await browser.noted();
  assert.deepEqual(opened, [`${env.origin}/c/${chat.chat_id}`]);
  person.expects(/status of 404/);
  await person.goes(opened[0]);
  await isInside(person);
  await button(person, 'Chat').click();
  await eventuallyEquals(() => person.page.getByLabel(CHAT).isChecked(), true);
  await person.goes('/security');
  await ana.writes(chat, 'Welcome');
  assert.equal(JSON.parse((await service.next()).text).kind, 'message', 'the subscription goes on as the member’s');
});

pushScene('a browser whose subscription is another one gives it to all of its chats', async (env, service) => {
  const { ben, chat, person, browser } = await benInside(env, service);
  await turnsChat({ person, ben, chat }, true);
  const [{ id: before }] = await subscriptionsOf(ben, chat);
  await person.page.evaluate(() => {
    const { endpoint } = JSON.parse(localStorage.getItem('browser.push'));
    localStorage.setItem('browser.push', JSON.stringify({ endpoint, key: [1, 2, 3] }));
  });
  await person.goes('/');
  const after = async () => (await subscriptionsOf(ben, chat)).map(({ id }) => id !== before);
  await eventuallyEquals(after, [true]);
  assert.notEqual((await browser.state()).endpoint, null);
});

pushScene('a browser that renews its subscription by itself has a page tell the server', async (env, service) => {
  const { ben, chat, person, browser } = await benInside(env, service);
  await turnsChat({ person, ben, chat }, true);
  const [{ id: before }] = await subscriptionsOf(ben, chat);
  await person.page.evaluate(() => localStorage.removeItem('browser.push'));
  await (
    await browser.worker()
  ).evaluate(() => {
    const event = new self.ExtendableEvent('pushsubscriptionchange');
    Object.defineProperty(event, 'waitUntil', { value: () => {} });
    self.dispatchEvent(event);
  });
  await eventuallyEquals(async () => (await subscriptionsOf(ben, chat)).map(({ id }) => id !== before), [true]);
});
