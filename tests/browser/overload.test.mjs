// An overloaded server: the page retries opening a chat and knocking, and the user can stop it.
import assert from 'node:assert/strict';

import { button } from './fixtures/door.mjs';
import { chatOfTwo } from './fixtures/conversation.mjs';
import { scene } from './environment.mjs';

const WAITING = 'A lot is going on here just now.';

/** Answers the first calls with `status`; returns the idempotency keys of all. */
async function refuses({ page }, path, { times, status = 503, retry = 300 }) {
  const keys = [];
  await page.route(path, (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    if (keys.length > times) return route.continue();
    const body = { code: status === 503 ? 'overloaded' : 'too_many_requests', status, retry_after_ms: retry };
    return route.fulfill({ status, contentType: 'application/problem+json', headers: { 'retry-after': '1' }, body: JSON.stringify(body) });
  });
  return keys;
}

scene('a chat is opened as soon as the server has time for it, once', async (env) => {
  const owner = await env.person();
  owner.expects(/status of 503/);
  const keys = await refuses(owner, '**/v1/chats', { times: 2, retry: 1_500 });
  await owner.goes('/');
  await owner.fills('Your name', 'Ana');
  await owner.presses('Open a chat');
  await owner.sees(WAITING);
  await owner.canBeAnybody();
  await owner.page
    .getByRole('heading', { level: 1 })
    .getByText('A chat')
    .or(owner.page.getByLabel('Message', { exact: true }))
    .first()
    .waitFor();
  assert.equal(keys.length, 3);
  assert.equal(new Set(keys).size, 1, 'one key, so that it is opened once');
  assert.ok(keys[0].length >= 22);
});

scene('a knock waits for its turn, and whoever has no time stops it', async (env) => {
  const { ana, chat } = await chatOfTwo(env);
  const { link_url: link } = await ana.makesLink(chat);
  const guest = await env.person();
  guest.expects(/status of (429|503)/);
  const keys = await refuses(guest, '**/knocks', { times: 3, status: 429, retry: 2_000 });
  await guest.goes(link);
  await guest.fills('Your name', 'Cleo');
  await button(guest, 'Knock').click();
  await guest.sees(WAITING);
  await button(guest, 'Stop trying').click();
  await guest.page.getByText(WAITING).waitFor({ state: 'hidden' });
  await guest.sees('That was a bit much at once.');
  const before = keys.length;
  await button(guest, 'Knock').click();
  await guest.sees('You knocked');
  assert.ok(keys.length > before && new Set(keys).size === 1);
});

scene('what would take too long is told at once', async (env) => {
  const owner = await env.person();
  owner.expects(/status of 503/);
  const keys = await refuses(owner, '**/v1/chats', { times: 9, retry: 120_000 });
  await owner.goes('/');
  await owner.fills('Your name', 'Ana');
  await owner.presses('Open a chat');
  await owner.sees('Parlor has too much to do just now.');
  assert.equal(keys.length, 1);
  assert.ok(await owner.page.getByText(WAITING).isHidden());
});
