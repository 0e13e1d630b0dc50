// Reporting a message or a chat, and blocking its author, from the page of the chat.
import assert from 'node:assert/strict';

import { scene } from './environment.mjs';
import { account, member, opensChat } from './fixtures/account.mjs';
import { answers, chatOfTwo, conversation, inside, writesAll } from './fixtures/conversation.mjs';
import { button, eventually } from './fixtures/door.mjs';
import { choice, more, opensMenu } from './fixtures/messages.mjs';

const WITH_OPERATOR = { flags: ['--rate-factor', '0', '--admin-listen', '127.0.0.1:0'] };

const dialog = ({ page }, name) => page.getByRole('dialog', { name, exact: true });
const reason = (person, title) => dialog(person, title).getByLabel('What is wrong?');

/** What the operator reads: the text of the reported message, who reported, and why. */
async function reportsOf({ server }) {
  const [, admin] = (await eventually(() => /(http:\S+)\/metrics/.exec(server.printed.join()), Boolean)) ?? [];
  const response = await fetch(`${admin}/reports?status=open`, { signal: AbortSignal.timeout(10_000) });
  const { items } = await response.json();
  return items.map((report) => [report.message?.text ?? null, report.by.name, report.reason]);
}

scene(
  'SEC-155 reporting, leaving and blocking are two steps away, and a report reaches who runs the server',
  async (env) => {
    const { ana, ben, chat } = await chatOfTwo(env);
    await ana.writes(chat, 'Something rude');
    const person = await inside(env, { chat, by: ben });
    await opensMenu(person, 'Something rude');
    await choice(person, 'Report…').click();
    await reason(person, 'Report this message').fill('Rude,\n and not the first time');
    await person.canBeAnybody();
    await person.picture('report');
    await answersReport(person, 'Report this message');
    assert.deepEqual(await reportsOf(env), [['Something rude', 'Ben', 'Rude, and not the first time']]);
    await person.presses('Chat');
    await button(person, 'Leave the chat').waitFor();
    await person.presses('Report the chat…');
    await reason(person, 'Report this chat').fill('All of it is');
    await answersReport(person, 'Report this chat');
    assert.deepEqual(
      (await reportsOf(env)).find(([text]) => text === null),
      [null, 'Ben', 'All of it is'],
    );
  },
  WITH_OPERATOR,
);

/** Sends a report and reads the thanks. */
async function answersReport(person, title) {
  await dialog(person, title).getByRole('button', { name: 'Report', exact: true }).click();
  const thanks = dialog(person, 'Thank you');
  await thanks.getByRole('status').getByText('Your report has arrived.').waitFor();
  await thanks.getByRole('button', { name: 'Close' }).click();
  await thanks.waitFor({ state: 'detached' });
}

scene('SEC-155 who has an account blocks another from the message', async (env) => {
  await account(env, 'ana', { name: 'Ana' });
  const ben = await account(env, 'ben', { name: 'Ben' });
  const ana = await member(env, 'ana');
  const link = await opensChat(ana, 'Sunday');
  await ben.knocks({ link_id: new URL(link).pathname.split('/').at(-1) }, { name: undefined });
  await ana.presses('Let in Ben');
  const id = new URL(ana.page.url()).pathname.split('/').at(-1);
  ben.credential = ben.tokens.access_token;
  await ben.writes({ chat_id: id }, 'Something rude');
  await opensMenu(ana, 'Something rude');
  await choice(ana, 'Block @ben…').click();
  await answers(ana, 'Block @ben?', 'Block');
  await ana.page.getByRole('status').getByText('You have blocked @ben.').waitFor();
  await ana.page.getByRole('region', { name: 'Conversation' }).waitFor();
  await ana.goes('/account');
  await ana.page.getByRole('button', { name: 'Unblock Ben @ben' }).waitFor();
});

scene('the menu of a message is there for the keyboard, and gives the focus back', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  await writesAll(ana, chat, ['one', 'two', 'three']);
  const person = await inside(env, { chat, by: ben });
  const { keyboard } = person.page;
  const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);
  await keyboard.press('Shift+Tab');
  assert.ok(await isFocused(more(person, 'three')), 'one step from the field is the last message');
  await keyboard.press('ArrowUp');
  await keyboard.press('ArrowUp');
  assert.ok(await isFocused(more(person, 'one')));
  assert.equal(await more(person, 'one').evaluate((element) => getComputedStyle(element).opacity), '1');
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await choice(person, 'Report…').waitFor();
  assert.ok(await isFocused(person.page.getByRole('menuitemcheckbox').first()));
  await keyboard.press('ArrowUp');
  assert.ok(await isFocused(choice(person, 'Report…')), 'the end and the beginning are beside each other');
  assert.equal(await more(person, 'two').getAttribute('aria-expanded'), 'true');
  await person.canBeAnybody();
  await keyboard.press('Escape');
  assert.equal(await choice(person, 'Report…').count(), 0);
  assert.ok(await isFocused(more(person, 'two')));
  await keyboard.press('Enter');
  await keyboard.press('End');
  await keyboard.press('Enter');
  await dialog(person, 'Report this message').waitFor();
  await keyboard.press('Escape');
  await dialog(person, 'Report this message').waitFor({ state: 'detached' });
  assert.ok(await isFocused(more(person, 'two')));
  await keyboard.press('Tab');
  assert.equal(await person.page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Message', 'all are one stop');
});

scene('on a touch screen the menu is always in sight, and a touch elsewhere closes it', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  await ana.writes(chat, 'hello');
  const person = await inside(env, { chat, by: ben }, { device: 'telephone' });
  assert.equal(await more(person, 'hello').evaluate((element) => getComputedStyle(element).opacity), '1');
  await more(person, 'hello').tap();
  await choice(person, 'Report…').waitFor();
  await more(person, 'hello').tap();
  await choice(person, 'Report…').waitFor({ state: 'detached' });
  await more(person, 'hello').tap();
  await choice(person, 'Report…').waitFor();
  await conversation(person).tap({ position: { x: 5, y: 5 } });
  await choice(person, 'Report…').waitFor({ state: 'detached' });
});

scene(
  'the eleventh report of a day is refused, in words',
  async (env) => {
    const { ana, ben, chat } = await chatOfTwo(env);
    const { seq } = await ana.writes(chat, 'Something rude');
    const person = await inside(env, { chat, by: ben });
    const reports = Array.from({ length: 10 }, (_, i) => ({ seq, reason: `Rude ${i}` }));
    for (const report of reports) await ben.calls('POST', `/v1/chats/${chat.chat_id}/reports`, report);
    await opensMenu(person, 'Something rude');
    await choice(person, 'Report…').click();
    person.expects(/status of 429/);
    await reason(person, 'Report this message').fill('Once more');
    await dialog(person, 'Report this message').getByRole('button', { name: 'Report', exact: true }).click();
    await dialog(person, 'Report this message').getByRole('alert').getByText('You have reported too often today.').waitFor();
    assert.equal(await reason(person, 'Report this message').inputValue(), 'Once more', 'what was written stays');
  },
  { flags: [] },
);
