// Sending: each message arrives once and in order whatever happens to connection and page; failures are shown.
import assert from 'node:assert/strict';

import {
  deferred,
  eventuallyEquals,
  chatOfTwo,
  connected,
  conversation,
  enters,
  inside,
  message,
  numbered,
  says,
  shown,
  writesAll,
} from './fixtures/conversation.mjs';
import { scene } from './environment.mjs';

const BROKEN =
  /net::ERR_(FAILED|CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING|SOCKET_NOT_CONNECTED|ABORTED)/;

/** Ana's page in a chat with Ben, who has no page. */
async function paged(env, body) {
  const { ana, ben, chat } = await chatOfTwo(env, body);
  const person = await inside(env, { chat, by: ana });
  person.expects(BROKEN);
  return { ana, ben, chat, person };
}

const written = async (apiClient, chat) => (await apiClient.reads(chat)).messages.map(({ text }) => text);

/** Intercepts calls that post: the first `times`, or all until `unrouteAll`. */
const posts = (person, act, times) =>
  person.context.route(/\/v1\/chats\/[^/?]+$/, (route) => (route.request().method() === 'POST' ? act(route) : route.fallback()), { times });

const lost = (route) => route.abort('connectionreset');

/** Lets a request reach the server and drops its response. */
const unanswered = async (route) => {
  await route.fetch();
  await lost(route);
};

/** Waits until exactly these messages are on the server and on the page, all sent. */
async function arrive({ person, ana, chat }, texts, timeout) {
  await eventuallyEquals(() => conversation(person).locator('.unsent').count(), 0, timeout);
  await eventuallyEquals(() => written(ana, chat), texts);
  await eventuallyEquals(() => shown(person), texts);
}

async function saysAll(person, texts) {
  for (const text of texts) await says(person, text);
}

scene('messages that were cut off before the server had them arrive once, in their order', async (env) => {
  const inChat = await paged(env);
  await posts(inChat.person, lost, 1);
  await saysAll(inChat.person, numbered(1, 5));
  await arrive(inChat, numbered(1, 5));
});

scene('messages whose answers were lost arrive once, in their order', async (env) => {
  const inChat = await paged(env);
  await posts(inChat.person, unanswered, 2);
  await saysAll(inChat.person, numbered(1, 5));
  await arrive(inChat, numbered(1, 5));
});

scene('a message whose answer was lost with the whole connection arrives once, before those that were written after it', async (env) => {
  const inChat = await paged(env);
  const { person, ben, chat } = inChat;
  await posts(
    person,
    async (route) => {
      env.proxy.stall();
      await route.fetch({ url: route.request().url().replace(env.origin, env.server.origin) });
      env.proxy.refuse();
      await lost(route);
    },
    1,
  );
  await says(person, 'message 1');
  await person.sees('Reconnecting…');
  await saysAll(person, numbered(2, 4));
  await ben.writes(chat, 'meanwhile');
  assert.equal(await conversation(person).locator('.unsent').count(), 4, 'all wait, and can be seen');
  await env.proxy.go();
  await arrive(inChat, ['message 1', 'meanwhile', ...numbered(2, 4)]);
});

scene('what was written while nothing gets through, and nobody says so, arrives once', async (env) => {
  const inChat = await paged(env);
  const { person } = inChat;
  env.proxy.stall();
  await saysAll(person, numbered(1, 3));
  await eventuallyEquals(() => conversation(person).getByText('Sending…').count(), 3);
  env.proxy.cut();
  await env.proxy.go();
  await arrive(inChat, numbered(1, 3));
});

scene(
  'a connection that breaks again and again while somebody writes loses and doubles nothing',
  async (env) => {
    const inChat = await paged(env);
    const breaks = [lost, unanswered, (route) => route.continue().then(() => env.proxy.cut()), (route) => route.continue()];
    let posted = 0;
    await posts(inChat.person, (route) => breaks[posted++ % breaks.length](route));
    await saysAll(inChat.person, numbered(1, 8));
    await arrive(inChat, numbered(1, 8), 60_000);
    assert.ok(posted > 8, 'some were tried again');
  },
  { timeout: 120_000 },
);

scene('what is not sent yet is there after a reload, and then goes', async (env) => {
  const inChat = await paged(env);
  const { person } = inChat;
  await posts(person, lost);
  await saysAll(person, numbered(1, 3));
  await person.page.reload();
  await connected(person);
  assert.deepEqual(await shown(person), numbered(1, 3));
  await person.context.unrouteAll({ behavior: 'wait' });
  await arrive(inChat, numbered(1, 3));
});

scene('a message that arrived, though nobody could tell before a reload, is there once', async (env) => {
  const inChat = await paged(env);
  const { person, ana, chat } = inChat;
  await person.page.route(/\/events(\?|$)/, lost);
  env.proxy.cut();
  await person.sees('Reconnecting…');
  await posts(person, unanswered);
  await says(person, 'message 1');
  await eventuallyEquals(() => written(ana, chat), ['message 1']);
  await person.context.unrouteAll({ behavior: 'wait' });
  await person.page.unrouteAll({ behavior: 'wait' });
  await enters(person, chat);
  await says(person, 'message 2');
  await arrive(inChat, numbered(1, 2));
});

scene(
  'who writes faster than may be is waited with, and all arrives in its order',
  async (env) => {
    const inChat = await paged(env);
    inChat.person.expects(/status of 429/);
    const refused = [];
    inChat.person.page.on('response', (response) => response.status() === 429 && refused.push(response));
    const written = deferred();
    await posts(inChat.person, (route) => written.promise.then(() => route.continue()), 1);
    await saysAll(inChat.person, numbered(1, 12));
    written.resolve();
    await arrive(inChat, numbered(1, 12), 30_000);
    assert.ok(refused.length > 0, 'the server has refused some');
  },
  { flags: ['--rate-factor', '0.1'] },
);

scene('a server that has too much to do is waited for', async (env) => {
  const inChat = await paged(env);
  inChat.person.expects(/status of 503/);
  const overloaded = { status: 503, code: 'overloaded', title: 'Overloaded', retry_after_ms: 300 };
  await posts(
    inChat.person,
    (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(overloaded) }),
    3,
  );
  await saysAll(inChat.person, numbered(1, 3));
  await arrive(inChat, numbered(1, 3));
});

scene(
  'what a full chat does not take is said, and can be tried again or discarded',
  async (env) => {
    const { person, ben, chat, ana } = await paged(env);
    person.expects(/status of 507/);
    await writesAll(ben, chat, numbered(1, 8));
    await saysAll(person, ['one too many', 'and another']);
    const failed = message(person, 'one too many');
    await failed.getByText('Not sent. This chat is full.').waitFor();
    await message(person, 'and another').getByText('Not sent. This chat is full.').waitFor();
    const refused = person.page.waitForResponse((response) => response.status() === 507);
    await failed.getByRole('button', { name: 'Try again' }).click();
    await refused;
    await failed.getByText('Not sent. This chat is full.').waitFor();
    await failed.getByRole('button', { name: 'Discard' }).click();
    await eventuallyEquals(() => shown(person), [...numbered(1, 8), 'and another']);
    await person.page.reload();
    await message(person, 'and another').getByText('Not sent. This chat is full.').waitFor();
    assert.deepEqual(await written(ana, chat), numbered(1, 8));
  },
  { flags: ['--rate-factor', '0', '--chat-entries', '10'] },
);

scene('what failed arrives once it is tried again', async (env) => {
  const inChat = await paged(env);
  const { person } = inChat;
  person.expects(/status of 507/);
  const full = { status: 507, code: 'node_full', title: 'Full' };
  await posts(person, (route) => route.fulfill({ status: 507, contentType: 'application/problem+json', body: JSON.stringify(full) }), 1);
  await saysAll(person, ['first', 'second']);
  const failed = message(person, 'first');
  await failed.getByText('Not sent. Parlor is full just now. Try again later.').waitFor();
  await eventuallyEquals(() => shown(person), ['second', 'first']);
  await failed.getByRole('button', { name: 'Try again' }).click();
  await arrive(inChat, ['second', 'first']);
});
