// Push notifications of an account: one subscription for all its chats, listed, removed, muted, and ended with the session.
import assert from 'node:assert/strict';

import { account, member, opensChat, isSignedIn } from './fixtures/account.mjs';
import { eventuallyEquals } from './fixtures/conversation.mjs';
import { button } from './fixtures/door.mjs';
import { pushScene, turns } from './fixtures/push.mjs';
import { PushBrowser } from './push_browser.mjs';

const ACCOUNT = 'Notify me in this browser';
const UNMUTED = 'Notify me of this chat';

/** Ana, who is signed in, in a browser with push notifications. */
async function anaSignedIn(env, service, options = {}) {
  const api = await account(env, 'ana');
  const person = await member(env, 'ana', options);
  const browser = await PushBrowser.of(person, service);
  return { api, person, browser };
}

const subscriptionsOf = async (api) => (await api.calls('GET', '/v1/push/subscriptions')).items;

/** Opens the account's page and turns the switch. */
async function turnsAccount({ person, api }, wanted) {
  await person.goes('/account');
  await turns(person, ACCOUNT, wanted);
  await eventuallyEquals(async () => (await subscriptionsOf(api)).length, wanted ? 1 : 0);
}

pushScene('an account is told of friend requests, and a click leads to its page', async (env, service) => {
  const ana = await anaSignedIn(env, service);
  await turnsAccount(ana, true);
  await ana.person.goes('/security');
  const ben = await account(env, 'ben', { name: 'Ben Martin' });
  await ben.calls('POST', '/v1/friend-requests', { username: 'ana' });
  const shown = await ana.browser.pushes((await service.next()).text);
  assert.deepEqual([shown.title, shown.body], ['Ben Martin', '@ben asks to be your friend']);
  await ana.browser.clicks(shown);
  assert.deepEqual((await ana.browser.noted()).opened, [`${env.origin}/account`]);
  const push = { kind: 'friend_request', title: 'Cleo', from: 'cleo' };
  await ana.browser.pushes(JSON.stringify(push));
  await ana.person.goes('/account');
  await eventuallyEquals(async () => (await ana.browser.noted()).shown, []);
});

pushScene('the browsers of an account that are told are listed, and each is removed', async (env, service) => {
  const ana = await anaSignedIn(env, service);
  await turnsAccount(ana, true);
  const { person, api, browser } = ana;
  const host = new URL(service.browser.origin).host;
  const listed = person.page.getByRole('list', { name: 'Browsers that are notified' }).getByRole('listitem');
  await listed.filter({ hasText: `${host}this one · since just now` }).waitFor();
  await button(person, `Remove ${host}`).click();
  await listed.waitFor({ state: 'detached' });
  await eventuallyEquals(() => person.page.getByLabel(ACCOUNT).isChecked(), false);
  assert.deepEqual(await subscriptionsOf(api), []);
  await eventuallyEquals(() => browser.state(), { scopes: [], endpoint: null, caches: [] });
});

pushScene('SEC-139 signing out ends the notifications of this browser, and leaves none', async (env, service) => {
  const ana = await anaSignedIn(env, service);
  await turnsAccount(ana, true);
  const { person, api, browser } = ana;
  const push = { kind: 'message', chat_id: 'x'.repeat(43), title: 'Ben', from: 'Ben', text: 'a secret' };
  await browser.pushes(JSON.stringify(push));
  assert.equal((await browser.noted()).shown.length, 1);
  const worker = await browser.worker();
  await button(person, 'Sign out').click();
  await person.sees('You are signed out');
  await eventuallyEquals(() => browser.state(), { scopes: [], endpoint: null, caches: [] });
  assert.deepEqual(await worker.evaluate(() => self.noted.shown).catch(() => []), []);
  assert.deepEqual(await subscriptionsOf(api), []);
});

pushScene('an account mutes a chat, on all its devices', async (env, service) => {
  const ana = await anaSignedIn(env, service);
  const { person, api } = ana;
  await opensChat(person, 'Market');
  await button(person, 'Chat').click();
  await turns(person, ACCOUNT, true);
  await eventuallyEquals(async () => (await subscriptionsOf(api)).length, 1);
  const isMuted = async () => (await api.calls('GET', '/v1/chats')).items.map(({ muted }) => muted);
  const box = person.page.getByLabel(UNMUTED, { exact: true });
  for (const wanted of [false, true]) {
    await box.setChecked(wanted);
    await eventuallyEquals(isMuted, [!wanted]);
    await person.page.reload();
    await button(person, 'Chat').click();
    await eventuallyEquals(() => box.isChecked(), wanted);
  }
});

pushScene('there is no switch on a device that others use too', async (env, service) => {
  const { person } = await anaSignedIn(env, service, { shared: true });
  await person.page.getByRole('link', { name: 'Signed in as' }).click();
  await person.sees('There are no notifications for closed pages on a device that you share.');
  assert.equal(await person.page.getByLabel(ACCOUNT).count(), 0);
  await person.goes('/');
  await isSignedIn(person);
});
