// Signing up and in; how long the session of a page lasts, and who learns of its end.
import assert from 'node:assert/strict';

import { scene } from './environment.mjs';
import {
  PASSWORD,
  account,
  assertTokensHidden,
  isSignedIn,
  isSignedOut,
  keptSession,
  member,
  opensChat,
  signsIn,
} from './fixtures/account.mjs';
import { answers } from './fixtures/conversation.mjs';
import { button, cards, isInside, knocksAt, says } from './fixtures/door.mjs';

/** The refreshes that a page asks for. */
function refreshes({ context }) {
  const found = [];
  context.on('request', (request) => request.url().endsWith('/v1/sessions/refresh') && found.push(request));
  return found;
}

scene('SEC-152 somebody signs up, opens a chat as their account, and lets in a guest with one and a guest without', async (env) => {
  const ana = await env.person();
  const urls = [];
  ana.page.on('request', (request) => urls.push(request.url()));
  await ana.goes('/');
  await ana.page.getByRole('link', { name: 'Sign in', exact: true }).click();
  await ana.page.getByRole('link', { name: 'Make an account' }).click();
  await ana.fills('Username', 'Ana.M');
  await ana.fills('Your name', 'Ana');
  await ana.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await ana.presses('Make an account');
  await isSignedIn(ana);
  const link = new URL(await opensChat(ana, 'Sunday')).pathname;
  await account(env, 'ben', { name: 'Ben' });
  const ben = await env.person();
  await ben.goes(link);
  await ben.page.getByRole('link', { name: 'Sign in to knock with your account' }).click();
  await signsIn(ben, 'ben');
  await ben.sees('Knock with my account, @ben');
  await button(ben, 'Knock').click();
  await cards(ana, '@ben').getByRole('button', { name: 'Let in Ben' }).click();
  await isInside(ben);
  const cleo = await env.person();
  await knocksAt(cleo, { link_id: link.split('/').at(-1) }, { name: 'Cleo' });
  await cards(ana, 'a guest, without an account').getByRole('button', { name: 'Let in Cleo' }).click();
  await isInside(cleo);
  await says(ben, 'Hello, Ana');
  await says(cleo, 'Good evening');
  await ana.page.locator('.message', { hasText: 'Good evening' }).locator('.handle', { hasText: 'guest' }).waitFor();
  await ana.page.locator('.message', { hasText: 'Hello, Ana' }).locator('.handle', { hasText: '@ben' }).waitFor();
  await says(ana, 'Welcome');
  await cleo.page.locator('.message', { hasText: 'Welcome' }).locator('.handle', { hasText: '@ana.m' }).waitFor();
  await ana.presses('People');
  const people = ana.page.getByRole('complementary', { name: 'People' }).getByRole('listitem');
  await people.filter({ hasText: /Cleo.*guest/s }).waitFor();
  await people.filter({ hasText: '@ben' }).waitFor();
  await assertTokensHidden(ana, urls);
});

scene('a reload and a second page stay signed in, and two pages that refresh at once both do', async (env) => {
  await account(env, 'ana');
  const ana = await member(env, 'ana');
  await opensChat(ana, 'Sunday');
  await ana.page.reload();
  await ana.sees('Connected');
  const [before] = await keptSession(ana);
  const asked = refreshes(ana);
  const chat = ana.page.url();
  const others = [await ana.context.newPage(), await ana.context.newPage()];
  await Promise.all([ana.page.reload(), ...others.map((page) => page.goto(chat))]);
  for (const page of [ana.page, ...others]) await page.getByText('Connected').first().waitFor();
  assert.ok(asked.length > 0 && asked.length <= 3, `${asked.length} refreshes`);
  const [kept] = await keptSession(ana);
  assert.match(kept.refresh_token, /^[\w-]{43}$/);
  assert.notEqual(kept.refresh_token, before.refresh_token, 'a spent token ends the session when it is used again later');
  await ana.page.reload();
  await ana.sees('Connected');
});

scene('an access token that is not valid any more is replaced without a word', async (env) => {
  await account(env, 'ana');
  const ana = await member(env, 'ana');
  await opensChat(ana, 'Sunday');
  await ana.sees('Connected');
  ana.expects(/status of 401/);
  const asked = refreshes(ana);
  let requests = 0;
  await ana.context.route(/\/v1\/chats\//, async (route) => {
    requests += 1;
    const headers = { ...route.request().headers(), ...(requests === 1 && { authorization: 'Bearer a.b.c' }) };
    await route.continue({ headers });
  });
  await says(ana, 'still here');
  await ana.page.locator('.message:not(.unsent)', { hasText: 'still here' }).waitFor();
  assert.equal(asked.length, 1);
  await says(ana, 'and again');
  await ana.page.locator('.message:not(.unsent)', { hasText: 'and again' }).waitFor();
  assert.equal(asked.length, 1);
});

scene('who signs out in one page is signed out in the others, and nothing of the account is left', async (env) => {
  await account(env, 'ana');
  const ana = await member(env, 'ana');
  await opensChat(ana, 'Monday');
  await opensChat(ana, 'Sunday');
  await ana.sees('Connected');
  await ana.page.getByLabel('Message', { exact: true }).fill('half a thought');
  const other = await ana.context.newPage();
  await other.goto('/account');
  await other.getByText('Nobody yet. Search for somebody, and ask.').waitFor();
  await other.getByRole('button', { name: 'Sign out', exact: true }).click();
  await other.getByText('You are signed out').waitFor();
  await ana.sees('You are signed out');
  assert.deepEqual(await ana.page.evaluate(() => Object.keys(localStorage)), []);
  await ana.page.getByRole('link', { name: 'Sign in again' }).click();
  await signsIn(ana, 'ana');
  await isInside(ana);
  await ana.sees('Sunday');
});

scene('a session that was ended elsewhere ends the page’s streams, and a spent token does not come back', async (env) => {
  const api = await account(env, 'ana');
  const ana = await member(env, 'ana');
  await opensChat(ana, 'Sunday');
  await ana.sees('Connected');
  await api.calls('DELETE', '/v1/sessions?except=current');
  await ana.sees('You are signed out');
  await ana.goes('/');
  await isSignedOut(ana);
  await ana.goes('/sign-in');
  await signsIn(ana, 'ana');
  await isSignedIn(ana);
  await api.calls('DELETE', '/v1/sessions?except=current');
  ana.expects(/status of 401/);
  await ana.goes('/account');
  await ana.sees('You are signed out');
  assert.deepEqual(await keptSession(ana), [null, null]);
});

scene('on a shared device the session and the chats end with the tab', async (env) => {
  await account(env, 'ana');
  const ana = await member(env, 'ana', { shared: true });
  await opensChat(ana, 'Sunday');
  await ana.page.reload();
  await ana.sees('Connected');
  assert.deepEqual(await ana.page.evaluate(() => Object.keys(localStorage)), []);
  const other = await ana.context.newPage();
  await other.goto('/');
  await other.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  assert.equal(await other.getByText('Sunday').count(), 0);
  await ana.goes('/account');
  await button(ana, 'Sign out').click();
  await ana.sees('You are signed out');
  assert.deepEqual(await ana.page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage)]), [[], []]);
});

scene('a chat that was opened without an account is kept with it', async (env) => {
  await account(env, 'ana');
  const ana = await env.person();
  await opensChat(ana, 'Sunday', 'Ana');
  await says(ana, 'from before');
  await ana.goes('/sign-in');
  await signsIn(ana, 'ana');
  await ana.page.getByRole('link', { name: 'Sunday' }).click();
  await ana.presses('Chat');
  await ana.presses('Keep it with my account');
  await answers(ana, 'Keep this chat with @ana?', 'Keep it with my account');
  await ana.presses('People');
  await ana.page.getByRole('complementary', { name: 'People' }).getByText('@ana').waitFor();
  await ana.sees('from before');
  const other = await member(env, 'ana');
  await other.goes(new URL(ana.page.url()).pathname);
  await other.sees('from before');
});

scene('a wrong password and a name that is taken are told in words', async (env) => {
  await account(env, 'ana');
  const ana = await env.person();
  ana.expects(/status of 4(01|09|22)/);
  await ana.goes('/sign-in');
  await signsIn(ana, 'ana', { password: 'pear-tree-43' });
  await ana.page.getByRole('alert').filter({ hasText: 'Name and password do not fit together.' }).waitFor();
  await ana.goes('/sign-up');
  for (const [username, password, says] of [
    ['ana', PASSWORD, 'That username is taken.'],
    ['cleo', 'password', 'one of the most common passwords'],
  ]) {
    await ana.fills('Username', username);
    await ana.page.getByLabel('Password', { exact: true }).fill(password);
    await ana.presses('Make an account');
    await ana.page.getByRole('alert').filter({ hasText: says }).waitFor();
  }
});

scene(
  'what the server does not offer is not shown',
  async (env) => {
    const ana = await env.person();
    await ana.goes('/sign-in');
    await button(ana, 'Sign in').waitFor();
    assert.equal(await ana.page.getByRole('link', { name: 'Make an account' }).count(), 0);
    await ana.goes('/sign-up');
    await ana.sees('Nobody can sign up here');
  },
  { flags: ['--rate-factor', '0', '--registration', 'closed'] },
);
