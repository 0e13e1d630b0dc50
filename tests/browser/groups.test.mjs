// Direct chats and groups: begun from the list of chats, and led from the side of the open chat.
import assert from 'node:assert/strict';

import { scene } from './environment.mjs';
import { account, member } from './fixtures/account.mjs';
import { answers, connected, eventuallyEquals, message, says } from './fixtures/conversation.mjs';
import { button } from './fixtures/door.mjs';

/** Makes two accounts friends. */
async function friends(one, other, username) {
  await one.calls('POST', '/v1/friend-requests', { username });
  const { items } = await other.calls('GET', '/v1/friend-requests?direction=incoming&status=pending');
  await other.calls('PATCH', `/v1/friend-requests/${items[0].id}`, { status: 'accepted' });
}

/** Ana, signed in with a page, and the clients of her, of Ben, who is her friend, and of Cleo, who is not. */
async function people(env, options) {
  const [api, ben, cleo] = [
    await account(env, 'ana', { name: 'Ana' }),
    await account(env, 'ben', { name: 'Ben' }),
    await account(env, 'cleo', { name: 'Cleo' }),
  ];
  await friends(api, ben, 'ben');
  return { ana: await member(env, 'ana', options), api, ben, cleo };
}

/** A group of Ana and Ben, whose page Ana has open. */
async function groupOfAna(env, options) {
  const known = await people(env, options);
  const group = await known.api.calls('POST', '/v1/groups', { name: 'market', title: 'The market', members: ['ben'] });
  await known.ana.goes(`/c/${group.chat_id}`);
  await connected(known.ana);
  return { ...known, group, path: `/v1/chats/${group.chat_id}` };
}

async function begins(person, what) {
  await button(person, 'Begin').click();
  await person.page.getByRole('menuitem', { name: what }).click();
}

const side = ({ page }) => page.getByRole('complementary');
const memberRow = (person, name) => side(person).getByRole('listitem').filter({ hasText: name });

/** Chooses from the menu of a member. */
async function does(person, name, what) {
  await side(person)
    .getByRole('button', { name: `What to do about ${name}` })
    .click();
  await person.page.getByRole('menuitem', { name: what, exact: true }).click();
}

for (const device of ['desktop', 'telephone']) {
  scene(`somebody is found, written to, and written to again in the same chat, by ${device}`, async (env) => {
    const { ana, api, cleo } = await people(env, { device });
    await cleo.calls('PATCH', '/v1/me', { direct_messages: 'anyone' });
    await begins(ana, 'Write to somebody');
    await button(ana, 'Write to Ben @ben').waitFor();
    await ana.fills('Name or username', 'cle');
    await button(ana, 'Write to Cleo @cleo').click();
    await ana.fills('What you write first', 'Good evening, Cleo');
    await ana.canBeAnybody();
    await ana.page.getByRole('dialog').getByRole('button', { name: 'Send' }).click();
    await message(ana, 'Good evening, Cleo').waitFor();
    await ana.page.getByRole('heading', { level: 1, name: 'Cleo' }).waitFor();
    assert.equal(await ana.page.getByText('came in').count(), 0, 'a direct chat just begins');
    await cleo.calls('POST', '/v1/messages', { to: '@ana', text: 'Good evening!' });
    await message(ana, 'Good evening!').waitFor();
    await ana.goes('/');
    await ana.page.getByRole('navigation', { name: 'Your chats' }).getByText('Good evening!').waitFor();
    await begins(ana, 'Write to somebody');
    await ana.fills('Name or username', 'cle');
    await button(ana, 'Write to Cleo @cleo').click();
    await message(ana, 'Good evening!').waitFor();
    assert.equal((await api.calls('GET', '/v1/chats')).items.length, 1);
  });
}

scene('a group is made of friends, by keyboard alone, and who may not be added is named', async (env) => {
  const { ana, api, cleo } = await people(env);
  ana.expects(/status of 4(03|09)/);
  const { keyboard } = ana.page;
  await button(ana, 'Begin').focus();
  for (const key of ['Enter', 'ArrowDown', 'Enter']) await keyboard.press(key);
  await ana.page.getByLabel('What it is called').waitFor();
  await keyboard.type('Sunday’s café');
  assert.equal(await ana.page.getByLabel('Its name in addresses').inputValue(), 'sundays-cafe');
  await button(ana, 'Add Ben @ben').focus();
  await keyboard.press('Enter');
  await button(ana, 'Leave out Ben @ben').waitFor();
  assert.equal(await ana.page.evaluate(() => document.activeElement.type), 'search', 'one can go on choosing');
  await cleo.calls('PATCH', '/v1/me', { direct_messages: 'anyone' });
  await keyboard.type('cleo');
  await button(ana, 'Add Cleo @cleo').focus();
  await keyboard.press('Enter');
  await cleo.calls('PATCH', '/v1/me', { direct_messages: 'nobody' });
  await button(ana, 'Make the group').focus();
  await keyboard.press('Enter');
  await ana.page.getByRole('alert').filter({ hasText: 'These do not let you add them: @cleo.' }).waitFor();
  await button(ana, 'Leave out Cleo @cleo').focus();
  await keyboard.press('Enter');
  await button(ana, 'Make the group').focus();
  await keyboard.press('Enter');
  await ana.page.getByRole('heading', { level: 1, name: 'Sunday’s café' }).waitFor();
  await connected(ana);
  const { items } = await api.calls('GET', '/v1/groups/sundays-cafe/members?status=active');
  assert.deepEqual(
    items.map(({ member: { username } }) => username),
    ['ana', 'ben'],
  );
});

scene('people are added to a group, get an office, and are removed', async (env) => {
  const { ana, api, cleo, path } = await groupOfAna(env);
  await cleo.calls('PATCH', '/v1/me', { direct_messages: 'anyone' });
  await ana.presses('People');
  await button(ana, 'Add people').click();
  await ana.fills('Name or username', 'cleo');
  await button(ana, 'Add Cleo @cleo').click();
  await ana.canBeAnybody();
  await button(ana, 'Add them').click();
  await memberRow(ana, 'Cleo').waitFor();
  await does(ana, 'Cleo', 'Make an admin');
  await memberRow(ana, 'Cleo').getByText('admin').waitFor();
  await does(ana, 'Cleo', 'Make a member again');
  await memberRow(ana, 'Cleo').getByText('admin').waitFor({ state: 'detached' });
  await does(ana, 'Cleo', 'Remove');
  await answers(ana, 'Remove Cleo?', 'Remove');
  await memberRow(ana, 'Cleo').waitFor({ state: 'detached' });
  const roles = async () => (await api.calls('GET', `${path}/members`)).items.map(({ name, role }) => `${name} ${role}`);
  await eventuallyEquals(roles, ['Ana owner', 'Ben member']);
});

scene('a group that is handed over is led by its new owner, and left by the old one', async (env) => {
  const { ana, ben, path } = await groupOfAna(env);
  await ana.presses('People');
  await does(ana, 'Ben', 'Hand the group over');
  await answers(ana, 'Hand the group over to Ben?', 'Hand the group over');
  await memberRow(ana, 'Ben').getByText('owner').waitFor();
  await memberRow(ana, 'Ana').getByText('you, admin').waitFor();
  assert.equal(await side(ana).getByRole('button', { name: 'What to do about Ben' }).count(), 0);
  await ben.calls('PATCH', `${path}/members/1`, { role: 'member' });
  await button(ana, 'Invite by links').waitFor({ state: 'hidden' });
  await button(ana, 'Add people').waitFor({ state: 'hidden' });
  await ana.presses('Chat');
  await button(ana, 'Leave the group').click();
  await answers(ana, 'Leave this group?', 'Leave the group');
  await ana.sees('You have left this chat');
  assert.equal(await ana.page.getByRole('navigation', { name: 'Your chats' }).getByText('The market').count(), 0);
});

scene('the door of a group opens to its admins, who let in whoever knocks', async (env) => {
  const { ana, cleo, group, path } = await groupOfAna(env);
  await ana.presses('Chat');
  await ana.page.getByLabel('Who comes in').selectOption('People knock, and we decide');
  await ana.page.getByLabel('What it is for').fill('Who goes to the market,\nand when');
  await button(ana, 'Save').click();
  await ana.sees('Saved');
  await ana.presses('People');
  await side(ana).getByText('Who goes to the market, and when').waitFor();
  await does(ana, 'Ben', 'Make an admin');
  const page = await member(env, 'ben');
  await page.goes(`/c/${group.chat_id}`);
  await connected(page);
  await cleo.calls('POST', '/v1/groups/market/knocks', { note: 'I sell apples' });
  for (const person of [ana, page]) await person.sees('I sell apples');
  await button(page, 'Let in Cleo').click();
  for (const person of [ana, page]) await person.sees('Cleo came in');
  await cleo.calls('POST', path, { text: 'thank you' });
  await message(page, 'thank you').waitFor();
});

scene('a group is deleted by its owner, and is gone for all', async (env) => {
  const { ana, group } = await groupOfAna(env);
  const ben = await member(env, 'ben');
  await ben.goes(`/c/${group.chat_id}`);
  await connected(ben);
  await ana.presses('Chat');
  await button(ana, 'Delete the group for everybody').click();
  await answers(ana, 'Delete this group for everybody?', 'Delete the group for everybody');
  for (const person of [ana, ben]) {
    await person.sees('This chat has ended');
    await person.page.getByRole('navigation', { name: 'Your chats' }).getByText('None yet.').waitFor();
  }
});

scene('beside a direct chat stands who the other is, and what one may do', async (env) => {
  const { ana, api, ben } = await people(env);
  const { chat_id: id } = await ben.calls('POST', '/v1/messages', { to: '@ana', text: 'hello' });
  await ana.goes(`/c/${id}`);
  await connected(ana);
  await ana.presses('People: @ben');
  const card = ana.page.getByRole('complementary', { name: 'Ben' });
  await card.getByText('You are friends.').waitFor();
  await ana.canBeAnybody();
  await card.getByRole('button', { name: 'Remove' }).click();
  await answers(ana, 'Remove @ben from your friends?', 'Remove');
  await card.getByRole('button', { name: 'Ask to be friends' }).click();
  await card.getByText('You have asked to be friends.').waitFor();
  await card.getByLabel('Notify me of this chat').uncheck();
  await ana.page.getByRole('navigation', { name: 'Your chats' }).getByText('muted').waitFor({ state: 'attached' });
  await card.getByRole('button', { name: 'Block' }).click();
  await answers(ana, 'Block @ben?', 'Block');
  await card.getByText('You have blocked them.').waitFor();
  await says(ana, 'can you hear me?');
  await ana.page.getByRole('alert').filter({ hasText: 'Not sent. You have blocked them.' }).waitFor();
  ana.expects(/status of 409/);
  await card.getByRole('button', { name: 'Unblock' }).click();
  await card.getByRole('button', { name: 'Block' }).waitFor();
  await card.getByRole('button', { name: 'Clear the chat' }).click();
  await answers(ana, 'Clear this chat?', 'Clear the chat');
  await ana.page.getByRole('navigation', { name: 'Your chats' }).getByText('None yet.').waitFor();
  assert.equal((await api.calls('GET', '/v1/chats')).items.length, 0);
  assert.equal((await ben.calls('GET', '/v1/chats')).items.length, 1, 'it is there for the other');
});
