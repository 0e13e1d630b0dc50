// Tests of the test environment: people notice what is wrong, and the network breaks on request.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { runScene, scene, Environment } from './environment.mjs';

/** Faults of a page, and the complaint that each causes. */
const WRONG = [
  ['console: broken', () => console.error('broken')],
  ['console: careful', () => console.warn('careful')],
  [
    'error: .*broken',
    () =>
      void setTimeout(() => {
        throw new Error('broken');
      }),
  ],
  ['error: .*nobody caught it', () => void Promise.reject(new Error('nobody caught it'))],
  ['console: .*status of 404', () => fetch('/v1/chats/none')],
  ['console: .*status of 404.*none.png', () => new Promise((done) => Object.assign(new Image(), { onerror: done, src: '/none.png' }))],
  ['policy: connect-src https://evil.test', () => fetch('https://evil.test/').catch(() => {})],
  [
    'policy: require-trusted-types-for',
    () => {
      try {
        document.body.innerHTML = '<b>';
      } catch {
        /* The policy forbids it. */
      }
    },
  ],
  ['policy: style-src-attr inline', () => document.body.setAttribute('style', 'color: red')],
  [
    'asked: https?://evil.test/',
    () => {
      location.href = 'http://evil.test/';
    },
  ],
  ['dialog: sure?', () => void setTimeout(() => confirm('sure?'))],
  [
    'cookie: seen',
    () => {
      document.cookie = 'seen=1';
    },
  ],
];

for (const [complaint, does] of WRONG) {
  test(`a page that does it is complained of: ${complaint}`, async () => {
    const env = await Environment.start();
    const ana = await env.person();
    try {
      await ana.goes('/');
      await ana.page.evaluate(does);
    } finally {
      await assert.rejects(env.stop(), (fault) => new RegExp(`^1: ${complaint}`, 'm').test(fault.message));
    }
  });
}

scene('what a test expects is excused, and nothing else', async (env) => {
  const ana = await env.person();
  ana.expects(/console: broken/);
  await ana.goes('/');
  await ana.page.evaluate(() => console.error('broken'));
  assert.deepEqual(ana.complaints, []);
});

test('a scene that fails says why, and what people complained of besides', async () => {
  const fails = async () => {
    throw new Error('as it should not be');
  };
  await assert.rejects(runScene('a scene', fails), /^Error: as it should not be/);
  const both = async (env) => {
    const ana = await env.person();
    await ana.goes('/');
    await ana.page.evaluate(() => console.error('broken'));
    await fails();
  };
  await assert.rejects(runScene('a scene', both), (fault) => /as it should not be[^]*console: broken/.test(fault.message));
});

scene('a button without a name is a fault for somebody', async (env) => {
  const ana = await env.person();
  await ana.goes('/');
  await ana.page.evaluate(() => document.querySelector('main').append(document.createElement('button')));
  await assert.rejects(ana.canBeAnybody(), /button-name/);
});

scene('people have profiles of their own', async (env) => {
  const [ana, ben] = [await env.person(), await env.person({ device: 'telephone' })];
  for (const person of [ana, ben]) await person.goes('/');
  await ana.page.evaluate(() => localStorage.setItem('who', 'Ana'));
  assert.equal(await ben.page.evaluate(() => localStorage.getItem('who')), null);
  assert.equal(await ben.page.evaluate(() => navigator.maxTouchPoints > 0 && innerWidth), 390);
});

scene('callers meet without a page, and the scene is as the pages will see it', async (env) => {
  const [ana, ben] = [env.apiClient(), env.apiClient()];
  const chat = await ana.opens({ title: 'Sunday' });
  const link = await ana.makesLink(chat);
  assert.ok(link.link_url.startsWith(`${env.origin}/l/`));
  await ben.knocks(link, { note: 'from the market' });
  await assert.rejects(ben.reads(chat), { status: 404 });
  await ana.lets(link);
  await ben.writes(chat, 'Hello, Ana');
  await ana.writes(chat, 'Welcome, Ben');
  assert.deepEqual(
    (await ben.reads(chat)).messages.map((message) => message.text),
    ['Hello, Ana', 'Welcome, Ben'],
  );
  const { me } = (await ben.reads(chat)).chat;
  await ana.removes(chat, me);
  await ana.changes(chat, { title: 'Monday' });
  const cara = env.apiClient();
  await cara.withdraws(link, await cara.knocks(link, { name: 'Cara' }));
  const dan = await env.apiClient().knocks(link, { name: 'Dan' });
  await ana.declines(link, { knock_id: dan.knock_id });
  await ana.revokes(link);
  await ana.closes(chat);
  await assert.rejects(ana.reads(chat), { status: 404 });
});

const ready = (origin) => fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(10_000) }).then((response) => response.status);

scene('the network breaks, refuses, says nothing, and goes on', async (env) => {
  const { proxy, server } = env;
  assert.equal(await ready(proxy.origin), 200);
  const ana = env.apiClient();
  const chat = await ana.opens();
  const headers = { authorization: `Bearer ${ana.credential}` };
  const stream = await fetch(`${proxy.origin}/v1/chats/${chat.chat_id}/events?after=0`, { headers });
  const reader = stream.body.getReader();
  await reader.read();
  proxy.cut();
  await assert.rejects(async () => {
    while (!(await reader.read()).done);
  });
  assert.equal(await ready(proxy.origin), 200, 'new connections are carried');
  proxy.refuse();
  await assert.rejects(ready(proxy.origin), (fault) => fault.cause.code === 'ECONNREFUSED');
  await proxy.go();
  assert.equal(await ready(proxy.origin), 200);
  const listening = await fetch(`${proxy.origin}/v1/chats/${chat.chat_id}/events?after=0`, { headers });
  const listener = listening.body.getReader();
  const heard = listenedFor(listener, 'held back');
  proxy.stall();
  await ana.writes(chat, 'held back');
  const late = ready(proxy.origin);
  for (let times = 0; times < 20; times += 1) assert.equal(await ready(server.origin), 200);
  assert.equal(await Promise.race([late, heard, 'nothing yet']), 'nothing yet');
  await proxy.go();
  assert.equal(await late, 200);
  await heard;
  await listener.cancel();
});

scene('the server ends, and is there again where it was', async (env) => {
  const { proxy, server } = env;
  const ana = env.apiClient();
  const chat = await ana.opens();
  const { origin } = server;
  await server.stop();
  await assert.rejects(ready(proxy.origin));
  await server.start();
  assert.equal(server.origin, origin);
  assert.equal(await ready(proxy.origin), 200);
  await assert.rejects(ana.reads(chat), { status: 404 }, 'whatever was in it is gone');
});

/** Reads a stream until it contains this text. */
async function listenedFor(reader, text) {
  const decoder = new TextDecoder();
  for (let said = ''; !said.includes(text);) {
    const { done, value } = await reader.read();
    assert.equal(done, false);
    said += decoder.decode(value, { stream: true });
  }
}
