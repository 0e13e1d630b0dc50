// What a browser stores of a chat: a credential until the end, and nothing afterwards.
import assert from 'node:assert/strict';

import { scene } from './environment.mjs';

/** Everything that a page can store. */
const keeps = (person) =>
  person.page.evaluate(async () => ({
    local: { ...localStorage },
    session: { ...sessionStorage },
    cookies: document.cookie,
    databases: (await indexedDB.databases()).map(({ name }) => name),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
  }));

/** Returns true if any message is stored. */
const holds = (kept, text) => JSON.stringify(kept).includes(text);

/** A guest with a page in a chat with a message of Ana. */
async function guestInside(env) {
  const ana = env.apiClient();
  const chat = await ana.opens({ title: 'Sunday', expires_in: 60 });
  const link = await ana.makesLink(chat);
  await ana.writes(chat, 'unforgettable words');
  const ben = await env.person();
  await ben.goes(new URL(link.link_url).pathname);
  await ben.fills('Your name', 'Ben');
  await ben.presses('Knock');
  await ben.sees('Your two words');
  await ana.lets(link);
  await ben.sees('unforgettable words');
  await ben.sees('Connected');
  await ben.page.getByRole('button', { name: 'People: 2 people' }).waitFor();
  return { ana, ben, chat, link };
}

const nothing = { local: { 'parlor.name': '"Ben"' }, session: {}, cookies: '', databases: [], caches: [], workers: 0 };

const ENDS = {
  'leaving it': async ({ ben }) => {
    await ben.presses('Chat');
    await ben.presses('Leave the chat');
    await ben.page.getByRole('dialog').getByRole('button', { name: 'Leave the chat' }).click();
    await ben.sees('You have left this chat');
  },
  'being removed': async ({ ana, ben, chat }) => {
    await ana.removes(chat, { id: 2 });
    await ben.sees('You were removed from this chat');
  },
  'its end': async ({ ana, ben, chat }) => {
    await ana.closes(chat);
    await ben.sees('It was closed.');
  },
};

for (const [name, end] of Object.entries(ENDS)) {
  scene(`SEC-134 a credential is kept in the browser until ${name}`, async (env) => {
    const inside = await guestInside(env);
    const { ben, chat } = inside;
    const kept = await keeps(ben);
    const { credential } = JSON.parse(kept.local[`parlor.chat.${chat.chat_id}`]);
    assert.match(credential, /^[0-9a-f-]{36}$/);
    assert.equal(kept.cookies, '');
    await ben.page.getByLabel('Message').fill('half a thought');
    await end(inside);
    assert.deepEqual(await keeps(ben), nothing);
    assert.equal(await ben.page.getByText('unforgettable words').count(), 0, 'nothing is left on the page');
  });
}

scene('SEC-139 the page keeps nothing of what others wrote, and runs nothing behind its back', async (env) => {
  const { ben } = await guestInside(env);
  const kept = await keeps(ben);
  assert.ok(!holds(kept, 'unforgettable'), JSON.stringify(kept));
  assert.deepEqual([kept.databases, kept.caches, kept.workers, kept.session], [[], [], 0, {}]);
  await ben.page.reload();
  await ben.sees('unforgettable words');
  assert.ok(!holds(await keeps(ben), 'unforgettable'));
});

scene('SEC-139 a chat that expired is forgotten, also by who comes back later', async (env) => {
  const { ana, ben, chat } = await guestInside(env);
  ben.expects(/status of 404 .*\?limit=1/);
  await ben.goes('/');
  await ben.sees('gone in');
  await ana.closes(chat);
  await ben.page.reload();
  await ben.sees('Ended. Everything in it is gone.');
  assert.deepEqual(await keeps(ben), nothing);
});
