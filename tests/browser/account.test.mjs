// The page of an account: profile, password, sessions, friends, deletion.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { scene } from './environment.mjs';
import { PASSWORD, account, member, signedInClient, signsIn, isSignedIn, keptSession } from './fixtures/account.mjs';
import { answers } from './fixtures/conversation.mjs';
import { button } from './fixtures/door.mjs';

const part = ({ page }, name) => page.getByRole('region', { name, exact: true });
const row = (person, name, hasText) => part(person, name).getByRole('listitem').filter({ hasText });

scene('the name of an account is changed, shown wherever the account is, and saved with all else', async (env) => {
  const api = await account(env, 'ana', { name: 'Ana' });
  const ana = await member(env, 'ana');
  await ana.page.getByRole('link', { name: 'Signed in as Ana' }).click();
  const profile = part(ana, 'How others see you');
  await profile.getByLabel('Your name').fill('Ana Maria');
  await profile.getByLabel('Others find me when they search').uncheck();
  await profile.getByRole('button', { name: 'Save' }).click();
  await profile.getByText('Saved').waitFor();
  await ana.page.getByRole('heading', { level: 1, name: 'Ana Maria' }).waitFor();
  const me = await api.calls('GET', '/v1/me');
  assert.deepEqual([me.name, me.findable], ['Ana Maria', false]);
  const saved = ana.page.waitForEvent('download');
  await button(ana, 'Save it as a file').click();
  const lines = (await readFile(await (await saved).path(), 'utf8')).trim().split('\n').map(JSON.parse);
  assert.deepEqual([lines[0].event, lines[0].data.name], ['profile', 'Ana Maria']);
  await ana.goes('/');
  assert.equal(await ana.page.getByLabel('Your name').inputValue(), 'Ana Maria');
});

scene('sessions are listed and ended, one or all others', async (env) => {
  const api = await account(env, 'ana');
  const clients = [api, await signedInClient(env.apiClient(), 'ana'), await signedInClient(env.apiClient(), 'ana')];
  const ana = await member(env, 'ana');
  await ana.goes('/account');
  const name = 'Where you are signed in';
  await row(ana, name, 'this one').getByText('Chrome, Linux').waitFor();
  assert.equal(await row(ana, name, 'A client').count(), 3);
  await row(ana, name, 'A client').first().getByRole('button', { name: 'Sign out A client' }).click();
  await row(ana, name, 'A client').nth(2).waitFor({ state: 'detached' });
  await button(ana, 'Sign out all others').click();
  await answers(ana, 'Sign out everywhere else?', 'Sign out all others');
  await row(ana, name, 'A client').first().waitFor({ state: 'detached' });
  const refused = await Promise.allSettled(clients.map((client) => client.calls('GET', '/v1/me')));
  assert.deepEqual(
    refused.map(({ reason }) => reason?.status),
    [401, 401, 401],
  );
  await ana.page.reload();
  await row(ana, name, 'this one').waitFor();
});

scene('a password is changed by who knows the old one, and other devices are signed out', async (env) => {
  const api = await account(env, 'ana');
  const ana = await member(env, 'ana');
  ana.expects(/status of 401/);
  await ana.goes('/account');
  const password = part(ana, 'Password');
  await password.getByText('Change the password').first().click();
  for (const [old, says] of [
    ['pear-tree-43', 'That is not your password.'],
    [PASSWORD, 'Changed. Your other devices are signed out.'],
  ]) {
    await password.getByLabel('Your current password').fill(old);
    await password.getByLabel('New password').fill('cherry-tree-44');
    await password.getByRole('button', { name: 'Change the password' }).click();
    await password.getByText(says).waitFor();
  }
  await assert.rejects(api.calls('GET', '/v1/me'), { status: 401 });
  await button(ana, 'Sign out').click();
  await ana.page.getByRole('link', { name: 'Sign in again' }).click();
  await signsIn(ana, 'ana', { password: 'cherry-tree-44' });
  await isSignedIn(ana);
});

scene('an account is deleted by who knows its password, and nothing of it is left', async (env) => {
  await account(env, 'ana');
  const ana = await member(env, 'ana');
  ana.expects(/status of 401/);
  await ana.goes('/account');
  const data = part(ana, 'Your data');
  await data.getByText('Delete the account').click();
  await data.getByLabel('Your current password').fill(PASSWORD);
  await data.getByRole('button', { name: 'Delete my account for good' }).click();
  await answers(ana, 'Delete your account?', 'Delete my account for good');
  await ana.sees('Your account is deleted');
  assert.deepEqual(await keptSession(ana), [null, null]);
  await ana.goes('/sign-in');
  await signsIn(ana, 'ana');
  await ana.sees('Name and password do not fit together.');
});
