// What mails lead to: confirming an address, and a new password.
import assert from 'node:assert/strict';

import { scene } from './environment.mjs';
import { PASSWORD, account, isSignedIn, member, signsIn } from './fixtures/account.mjs';
import { eventually } from './fixtures/door.mjs';

/** The path, with its token, of the last mail to an address, whose link leads to that page. */
async function mailed(env, page, address) {
  const link = new RegExp(`To: ${address}[^]*?/(${page}#[\\w-]{43})`, 'g');
  const found = await eventually(
    () => [...env.server.printed.join('\n').matchAll(link)],
    (mails) => mails.length > 0,
  );
  return `/${found.at(-1)[1]}`;
}

scene('an address is confirmed by a button, once, and opening the page confirms nothing', async (env) => {
  const api = await account(env, 'ana', { email: 'ana@example.org' });
  const path = await mailed(env, 'verify', 'ana@example.org');
  const ana = await env.person();
  ana.expects(/status of 422/);
  await ana.goes(path);
  await ana.sees('Is this your e-mail address?');
  assert.equal(new URL(ana.page.url()).hash, '', 'the token left the address');
  assert.equal((await api.calls('GET', '/v1/me')).email_verified, false);
  await ana.presses('Yes, it is mine');
  await ana.sees('Your address is confirmed');
  assert.equal((await api.calls('GET', '/v1/me')).email_verified, true);
  await ana.goes('/security');
  await ana.goes(path);
  await ana.presses('Yes, it is mine');
  await ana.page.getByRole('alert').filter({ hasText: 'This link no longer works' }).waitFor();
});

scene('who forgot a password gets a mail, sets a new one, and signs in with the address', async (env) => {
  const api = await account(env, 'ana', { email: 'ana@example.org' });
  const [, token] = (await mailed(env, 'verify', 'ana@example.org')).split('#');
  await api.calls('POST', '/v1/email-verifications', { token });
  const ana = await env.person();
  await ana.goes('/sign-in');
  await ana.page.getByRole('link', { name: 'Forgot your password?' }).click();
  await ana.fills('E-mail address', 'ana@example.org');
  await ana.presses('Send the mail');
  await ana.sees('Look into your mail');
  await ana.goes(await mailed(env, 'reset', 'ana@example.org'));
  await ana.page.getByLabel('New password', { exact: true }).fill('cherry-tree-44');
  await ana.presses('Set the password');
  await ana.sees('Your new password is set');
  await ana.page.getByRole('link', { name: 'Sign in' }).click();
  await signsIn(ana, 'ana@example.org', { password: 'cherry-tree-44' });
  await isSignedIn(ana);
  await assert.rejects(api.calls('GET', '/v1/me'), { status: 401 });
});

scene('an address is added, changed and removed on the page of the account', async (env) => {
  const api = await account(env, 'ana');
  const ana = await member(env, 'ana');
  await ana.goes('/account');
  const mail = ana.page.getByRole('region', { name: 'E-mail address' });
  await mail.getByText('You have given none.').waitFor();
  await mail.getByText('Add an address').click();
  await mail.getByLabel('New address').fill('ana@example.org');
  await mail.getByLabel('Your current password').fill(PASSWORD);
  await mail.getByRole('button', { name: 'Save the address' }).click();
  await mail.getByText('not confirmed yet').waitFor();
  await mail.getByRole('button', { name: 'Send the mail again' }).click();
  await mail.getByText('Sent. Look into your mail.').waitFor();
  // The second mail replaces the first one.
  const verify = async () => {
    const [, token] = (await mailed(env, 'verify', 'ana@example.org')).split('#');
    return api.calls('POST', '/v1/email-verifications', { token }).then(
      () => true,
      () => false,
    );
  };
  await eventually(verify, Boolean);
  await ana.page.reload();
  await mail.getByText('· confirmed').waitFor();
  await mail.getByText('Change the address').click();
  await mail.getByLabel('Your current password').fill(PASSWORD);
  await mail.getByRole('button', { name: 'Remove the address' }).click();
  await ana.page.getByRole('dialog').getByRole('button', { name: 'Remove the address' }).click();
  await mail.getByText('You have given none.').waitFor();
});
