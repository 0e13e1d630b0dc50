// People with accounts find each other, become friends, and block.
import assert from 'node:assert/strict';

import { scene } from './environment.mjs';
import { account, member } from './fixtures/account.mjs';
import { answers } from './fixtures/conversation.mjs';

const friends = ({ page }) => page.getByRole('region', { name: 'Friends', exact: true });
const row = (person, hasText) => friends(person).getByRole('listitem').filter({ hasText });

/** Ana and Ben with the pages of their accounts. */
async function two(env) {
  await account(env, 'ana', { name: 'Ana' });
  await account(env, 'ben', { name: 'Ben' });
  const people = await Promise.all([member(env, 'ana'), member(env, 'ben')]);
  for (const person of people) {
    await person.goes('/account');
    await friends(person).getByText('Nobody yet.').waitFor();
  }
  return people;
}

/** Searches for somebody and asks. */
async function asks(person, search, name) {
  await person.page.getByLabel('Name or username').fill(search);
  await person.presses('Search');
  await person.sees('One is found.');
  await person.presses(`Ask ${name} to be your friend`);
  await row(person, name)
    .getByRole('button', { name: `Take back what you asked ${name}` })
    .waitFor();
}

scene('who is found and asked becomes a friend, and both see it at once', async (env) => {
  const [ana, ben] = await two(env);
  await asks(ana, 'BE', 'Ben @ben');
  await row(ben, '@ana').getByRole('button', { name: 'Accept Ana @ana' }).click();
  for (const [person, name] of [
    [ana, 'Ben @ben'],
    [ben, 'Ana @ana'],
  ])
    await row(person, name)
      .getByRole('button', { name: `Remove ${name} from your friends` })
      .waitFor();
  await ana.presses('Remove Ben @ben from your friends');
  await answers(ana, 'Remove @ben from your friends?', 'Remove');
  for (const person of [ana, ben]) await friends(person).getByText('Nobody yet.').waitFor();
});

scene('a request is taken back, and who is blocked is listed until they no longer are', async (env) => {
  const [ana, ben] = await two(env);
  await asks(ana, 'ben', 'Ben @ben');
  await row(ben, '@ana').waitFor();
  await ana.presses('Take back what you asked Ben @ben');
  await row(ben, '@ana').waitFor({ state: 'detached' });
  await asks(ana, 'ben', 'Ben @ben');
  await ben.presses('Block Ana @ana');
  await answers(ben, 'Block @ana?', 'Block');
  await row(ben, '@ana').getByRole('button', { name: 'Unblock Ana @ana' }).click();
  await row(ben, '@ana').waitFor({ state: 'detached' });
  assert.equal(await row(ana, '@ben').count(), 1, 'who was blocked does not notice');
});
