// The list of chats: all kinds in one list, beside the open chat or on a page of its own.
import assert from 'node:assert/strict';

import { scene } from './environment.mjs';
import { account, member } from './fixtures/account.mjs';
import { admitted, connected, eventuallyEquals, message, says } from './fixtures/conversation.mjs';

const list = ({ page }) => page.getByRole('navigation', { name: 'Your chats' });
const row = (person, title) =>
  list(person)
    .getByRole('listitem')
    .filter({ has: person.page.locator('strong', { hasText: title }) });
const titles = (person) => list(person).getByRole('listitem').locator('strong').allTextContents();

/** Ana, who is signed in, with a direct chat with Ben, a group, and a link chat of her account; Ben's and Ana's clients. */
async function chatsOfAna(env, options) {
  const api = await account(env, 'ana', { name: 'Ana' });
  const ben = await account(env, 'ben', { name: 'Ben' });
  await api.calls('PATCH', '/v1/me', { direct_messages: 'anyone' });
  await ben.calls('PATCH', '/v1/me', { direct_messages: 'anyone' });
  const group = await api.calls('POST', '/v1/groups', { name: 'market', title: 'The market', members: ['ben'] });
  await ben.calls('POST', `/v1/chats/${group.chat_id}`, { text: 'who brings the list?' });
  const { chat_id: direct } = await ben.calls('POST', '/v1/messages', { to: '@ana', text: 'are you there?' });
  const ana = await member(env, 'ana', options);
  return { ana, api, ben, group, direct };
}

scene('all kinds of chats are in one list, with their last words and what is unread', async (env) => {
  const { ana, api, ben, group, direct } = await chatsOfAna(env);
  const own = env.apiClient();
  const sunday = await own.opens({ title: 'Sunday' });
  const guest = await admitted(env, { ana: own, chat: sunday }, 'Cleo');
  await guest.writes(sunday, 'see you');
  await ana.holds(sunday, { owner: true, seen: 2 });
  await ana.goes('/');
  await row(ana, 'Sunday').getByText('Cleo: see you').waitFor();
  await row(ana, 'The market').getByText('Ben: who brings the list?').waitFor();
  await row(ana, 'Ben').getByText('1 new').waitFor();
  await row(ana, 'Sunday').getByText('1 new').waitFor();
  await row(ana, 'Sunday').getByText('gone in').waitFor();
  assert.equal(await row(ana, 'The market').getByText('gone in').count(), 0);
  await ben.writes(group, 'I do');
  await eventuallyEquals(async () => (await titles(ana)).indexOf('The market') < (await titles(ana)).indexOf('Ben'), true);
  await row(ana, 'The market').getByText('2 new').waitFor();
  await ben.calls('POST', `/v1/chats/${group.chat_id}/typing`, { typing: true });
  await row(ana, 'The market').getByText('Ben is typing…').waitFor();
  await api.calls('PUT', `/v1/chats/${direct}/mute`);
  await ana.page.reload();
  await row(ana, 'Ben').getByText('muted').waitFor();
  await api.calls('PUT', `/v1/chats/${direct}/receipt`, { read: 3 });
  await row(ana, 'Ben').getByText('1 new').waitFor({ state: 'detached' });
  await ana.canBeAnybody();
});

scene('one goes from chat to chat without loading a page, and back with the browser', async (env) => {
  const { ana, ben, group, direct } = await chatsOfAna(env);
  await ana.goes(`/c/${direct}`);
  await connected(ana);
  await ana.page.evaluate(() => (globalThis.stays = true));
  assert.equal(await list(ana).locator('[aria-current=page] strong').textContent(), 'Ben');
  await row(ana, 'The market').getByRole('link').click();
  await message(ana, 'who brings the list?').waitFor();
  assert.equal(new URL(ana.page.url()).pathname, `/c/${group.chat_id}`);
  await says(ana, 'I bring it');
  await row(ana, 'The market').getByText('You: I bring it').waitFor();
  await ben.calls('POST', '/v1/messages', { to: '@ana', text: 'and tomorrow?' });
  await row(ana, 'Ben').getByText('1 new').waitFor();
  await ana.page.goBack();
  await message(ana, 'and tomorrow?').waitFor();
  await ana.page.getByRole('heading', { level: 1, name: 'Ben' }).waitFor();
  await row(ana, 'Ben').getByText('1 new').waitFor({ state: 'detached' });
  await says(ana, 'tomorrow too');
  await message(ana, 'tomorrow too').locator('time').waitFor();
  await ana.page.goForward();
  await message(ana, 'I bring it').waitFor();
  assert.equal(await message(ana, 'tomorrow too').count(), 0);
  assert.equal(await ana.page.evaluate(() => globalThis.stays), true, 'it is the same page');
});

scene('what is written and left at once is sent', async (env) => {
  const { ana, ben, group, direct } = await chatsOfAna(env);
  await ana.goes(`/c/${direct}`);
  await connected(ana);
  await row(ana, 'The market').waitFor();
  await ana.page.evaluate((id) => {
    const released = new Promise((release) => (globalThis.release = release));
    navigator.locks.request(`parlor.outbox.${id}`, () => released);
  }, direct);
  await says(ana, 'in a hurry');
  await row(ana, 'The market').getByRole('link').click();
  await message(ana, 'who brings the list?').waitFor();
  await ana.page.evaluate(() => globalThis.release());
  const texts = async () => (await ben.calls('GET', `/v1/chats/${direct}`)).messages.map(({ text }) => text);
  await eventuallyEquals(texts, ['are you there?', 'in a hurry']);
  assert.equal(new URL(ana.page.url()).pathname, `/c/${group.chat_id}`);
});

scene('on a telephone the list is a page of its own, to which one comes back', async (env) => {
  const { ana, direct } = await chatsOfAna(env, { device: 'telephone' });
  const place = () => ana.page.evaluate(() => navigation.currentEntry.index);
  const atList = await place();
  await row(ana, 'The market').getByRole('link').click();
  await message(ana, 'who brings the list?').waitFor();
  assert.equal(await list(ana).count(), 0);
  await ana.page.goBack();
  await row(ana, 'Ben').getByText('are you there?').tap();
  await message(ana, 'are you there?').waitFor();
  assert.equal(new URL(ana.page.url()).pathname, `/c/${direct}`);
  await ana.page.getByRole('link', { name: 'All chats' }).tap();
  await row(ana, 'Ben').waitFor();
  assert.equal(await place(), atList, 'it went back');
  await ana.goes('/security');
  await ana.goes(`/c/${direct}`);
  await ana.page.getByRole('link', { name: 'All chats' }).tap();
  await row(ana, 'Ben').waitFor();
});

scene('more than twelve chats can be filtered, and are gone through by arrow keys', async (env) => {
  const ana = await env.person();
  await ana.goes('/');
  const api = env.apiClient();
  for (let n = 1; n <= 13; n += 1) await ana.holds(await api.opens({ title: `Chat ${n}` }), { owner: true, opened_at: n });
  await ana.goes('/');
  const filter = list(ana).getByRole('searchbox', { name: 'Find a chat' });
  await filter.fill('chat 1');
  await eventuallyEquals(() => titles(ana), ['Chat 13', 'Chat 12', 'Chat 11', 'Chat 10', 'Chat 1']);
  await filter.press('Tab');
  assert.equal(await list(ana).locator('.chat-row a[tabindex="0"]').count(), 1, 'the chats are one stop');
  await ana.page.keyboard.press('ArrowDown');
  await ana.page.keyboard.press('Enter');
  await ana.page.getByRole('heading', { level: 1, name: 'Chat 12' }).waitFor();
  await connected(ana);
  await list(ana).getByRole('searchbox').fill('nowhere');
  await list(ana).getByText('No chat fits.').waitFor();
});

scene('tabs of one browser follow the account with one stream, also when the first is closed', async (env) => {
  const { ana, ben, group } = await chatsOfAna(env);
  const streams = [];
  ana.context.on('request', (request) => request.url().endsWith('/v1/me/events') && streams.push(request));
  await ana.goes('/');
  await row(ana, 'The market').waitFor();
  const others = [await ana.context.newPage(), await ana.context.newPage()];
  for (const page of others) {
    await page.goto('/');
    await row({ page }, 'The market').waitFor();
  }
  await ben.writes(group, 'to all tabs');
  for (const page of [ana.page, ...others]) await row({ page }, 'The market').getByText('Ben: to all tabs').waitFor();
  assert.equal(streams.length, 1);
  await ana.page.goto('/security');
  await eventuallyEquals(() => streams.length, 2);
  await ben.writes(group, 'to those who stay');
  for (const page of others) await row({ page }, 'The market').getByText('Ben: to those who stay').waitFor();
});
