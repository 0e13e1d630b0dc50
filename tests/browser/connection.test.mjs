// Loss and recovery of the connection: the page shows its state, and the conversation is complete in the end.
import assert from 'node:assert/strict';

import {
  deferred,
  eventuallyEquals,
  chatOfTwo,
  connected,
  assertForgotten,
  inside,
  numbered,
  says,
  shown,
  writesAll,
} from './fixtures/conversation.mjs';
import { scene } from './environment.mjs';

/** What the browser logs when a connection breaks. */
const BROKEN = /net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING|SOCKET_NOT_CONNECTED|ABORTED)/;
const STREAM = /\/events(\?|$)/;

const status = ({ page }, text) => page.getByRole('status').getByText(text, { exact: true });
const LOST = 'Reconnecting…';

/** Ana's page in a chat with Ben, who has no page. */
async function paged(env, body) {
  const { ana, ben, chat } = await chatOfTwo(env, body);
  const person = await inside(env, { chat, by: ana });
  person.expects(BROKEN);
  return { ana, ben, chat, person };
}

/** Records every connection state that the page shows from now on. */
async function states({ page }) {
  await page.evaluate(() => {
    const line = document.querySelector('[role=status][data-state]');
    globalThis.said = [];
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) for (const { textContent } of addedNodes) globalThis.said.push(textContent);
    }).observe(line, { subtree: true, childList: true });
  });
  return () => page.evaluate(() => globalThis.said);
}

/** Delays the stream's next connection: `asked` resolves when it is requested, `go` lets it continue. */
async function heldStream({ page }) {
  const [asked, go] = [deferred(), deferred()];
  await page.route(
    STREAM,
    async (route) => {
      asked.resolve();
      await go.promise;
      await route.continue();
    },
    { times: 1 },
  );
  return { asked: asked.promise, go: go.resolve };
}

scene('while the connection is made, that is said', async (env) => {
  const { person, ben, chat } = await paged(env);
  const held = await heldStream(person);
  await person.page.reload();
  await held.asked;
  await status(person, 'Connecting…').waitFor();
  await ben.writes(chat, 'hello');
  held.go();
  await connected(person);
  await eventuallyEquals(() => shown(person), ['hello']);
});

scene('a connection that was lost is said to be, and comes back by itself', async (env) => {
  const { person, ben, chat } = await paged(env);
  assert.ok(await person.page.getByRole('button', { name: 'Try now' }).isHidden());
  env.proxy.refuse();
  await status(person, LOST).waitFor();
  await ben.writes(chat, 'hello');
  await env.proxy.go();
  await status(person, 'Connected').waitFor({ timeout: 30_000 });
  await eventuallyEquals(() => shown(person), ['hello']);
});

scene('who does not want to wait tries now', async (env) => {
  const { person, ben, chat } = await paged(env);
  await person.page.clock.install();
  await person.page.clock.pauseAt(Date.now() + 10_000);
  env.proxy.refuse();
  await status(person, LOST).waitFor();
  await env.proxy.go();
  await ben.writes(chat, 'hello');
  await person.presses('Try now');
  await connected(person);
  await eventuallyEquals(() => shown(person), ['hello']);
  await person.page.clock.resume();
});

scene('who is offline is told so, and is back at once', async (env) => {
  const { person, ben, chat } = await paged(env);
  person.expects(/ERR_INTERNET_DISCONNECTED/);
  await person.context.setOffline(true);
  await status(person, 'Offline').waitFor();
  await says(person, 'from the tunnel');
  await person.sees('Not sent yet: it goes as soon as the connection is back');
  await ben.writes(chat, 'hello');
  await person.context.setOffline(false);
  await connected(person);
  await eventuallyEquals(() => shown(person), ['hello', 'from the tunnel']);
});

scene('who was away catches up, and is told so until it is done', async (env) => {
  const { person, ben, chat } = await paged(env);
  await ben.writes(chat, 'before');
  await person.sees('before');
  const read = await states(person);
  env.proxy.refuse();
  await status(person, LOST).waitFor();
  await writesAll(ben, chat, numbered(1, 200));
  await env.proxy.go();
  await status(person, 'Connected').waitFor({ timeout: 30_000 });
  await eventuallyEquals(() => shown(person), ['before', ...numbered(1, 200)]);
  assert.deepEqual((await read()).slice(-3), [LOST, 'Catching up…', 'Connected']);
});

scene('a burst of others arrives whole over a connection that breaks again and again', async (env) => {
  const { person, ben, chat } = await paged(env);
  for (let from = 1; from <= 200; from += 20) {
    await writesAll(ben, chat, numbered(from, from + 9));
    env.proxy.cut();
    await writesAll(ben, chat, numbered(from + 10, from + 19));
    if (from % 60 === 1) await person.sees(`message ${from + 10}`);
  }
  await eventuallyEquals(() => shown(person), numbered(1, 200));
  await connected(person);
});

scene('who slept is caught up on waking, though nobody said that the connection had died', async (env) => {
  const { person, ben, chat } = await paged(env);
  await person.page.clock.install();
  await person.page.reload();
  await connected(person);
  env.proxy.stall();
  await writesAll(ben, chat, numbered(1, 3));
  await person.page.clock.fastForward(46_000);
  await status(person, LOST).waitFor();
  env.proxy.cut();
  await env.proxy.go();
  await person.page.clock.fastForward(20_000);
  await connected(person);
  await eventuallyEquals(() => shown(person), numbered(1, 3));
});

scene('a page that was frozen goes on where it was', async (env) => {
  const { person, ben, chat } = await paged(env);
  const device = await person.context.newCDPSession(person.page);
  await device.send('Page.setWebLifecycleState', { state: 'frozen' });
  await writesAll(ben, chat, numbered(1, 3));
  env.proxy.cut();
  await writesAll(ben, chat, numbered(4, 6));
  await device.send('Page.setWebLifecycleState', { state: 'active' });
  await eventuallyEquals(() => shown(person), numbered(1, 6));
});

scene('numbering that began anew has the conversation read anew, once', async (env) => {
  const { person, ben, chat } = await paged(env);
  await writesAll(ben, chat, numbered(1, 70));
  await person.sees('message 70');
  const pages = [];
  person.page.on('request', (request) => request.url().includes('limit=') && pages.push(request.url()));
  const back = deferred();
  const anew = async (route) => {
    await back.promise;
    await route.continue({ headers: { ...route.request().headers(), 'last-event-id': '0000-1-1' } });
  };
  await person.page.route(STREAM, anew, { times: 1 });
  env.proxy.refuse();
  await status(person, LOST).waitFor();
  await writesAll(ben, chat, numbered(71, 80));
  await env.proxy.go();
  back.resolve();
  await eventuallyEquals(() => shown(person).then((texts) => texts.at(-1)), 'message 80');
  await connected(person);
  assert.equal(pages.filter((url) => url.endsWith(`${chat.chat_id}?limit=50`)).length, 1, 'the chat was read again');
  await writesAll(ben, chat, numbered(81, 82));
  await person.sees('message 82');
  const texts = await shown(person);
  assert.deepEqual(texts, numbered(82 - texts.length + 1, 82));
});

scene('a server that was started anew has no chats: the page says so, and forgets its own', async (env) => {
  const { person, ben, chat } = await paged(env);
  person.expects(/status of 404/);
  await ben.writes(chat, 'unforgettable words');
  await person.sees('unforgettable words');
  await person.page.getByRole('textbox', { name: 'Message' }).fill('half a thought');
  await env.server.stop();
  await status(person, LOST).waitFor();
  await person.sees('unforgettable words');
  await env.server.start();
  await person.page.getByRole('heading', { name: 'This chat is gone' }).waitFor({ timeout: 40_000 });
  await assertForgotten(person, chat, 'unforgettable');
});

scene('a chat that ended while the connection was lost is gone when it is back', async (env) => {
  const { person, ana, ben, chat } = await paged(env);
  person.expects(/status of 404/);
  await ben.writes(chat, 'unforgettable words');
  await person.sees('unforgettable words');
  env.proxy.refuse();
  await status(person, LOST).waitFor();
  await ana.closes(chat);
  await env.proxy.go();
  await person.page.getByRole('heading', { name: 'This chat is gone' }).waitFor({ timeout: 30_000 });
  await assertForgotten(person, chat, 'unforgettable');
});

scene('a page that is opened without a connection comes in by itself, later', async (env) => {
  const { person, ben, chat } = await paged(env);
  await ben.writes(chat, 'hello');
  person.expects(/net::ERR_FAILED/);
  await person.page.route(/\/v1\//, (route) => route.abort());
  await person.page.reload();
  await person.sees('Parlor is not reached. Trying again…');
  await person.page.unrouteAll();
  await person.sees('hello');
  await connected(person);
});
