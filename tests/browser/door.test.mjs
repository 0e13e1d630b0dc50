// Knocks as the owner sees and decides them.
import assert from 'node:assert/strict';

import { button, cards, door, eventually, isInside, ownerInside, pending, returns, settled, waitsAt, wordsOf } from './fixtures/door.mjs';
import { scene } from './environment.mjs';

const title = (owner) => door(owner).getByRole('heading', { level: 2 });

/** A guest without a browser who waits at a link, with `knock_id`. */
async function knocker(env, link, name, note) {
  const guest = env.apiClient();
  const { knock_id } = await guest.knocks(link, { name, ...(note && { note }) });
  return Object.assign(guest, { knock_id, link });
}

/** The status of the knock of a guest without a browser. */
const standing = (guest) => guest.calls('GET', `/v1/links/${guest.link.link_id}`);

/** Waits until a knock has this status; returns it. */
const stands = (guest, status) =>
  eventually(
    () => standing(guest),
    (exchange) => exchange.status === status,
  );

/** Waits until exactly these knocks have a card, in this order. */
async function atDoor(owner, names) {
  await owner.page.waitForFunction(
    (wanted) => [...document.querySelectorAll('.knock-name')].map((name) => name.textContent).join() === wanted,
    names.join(),
  );
}

scene('a card says who knocks, with which words, why, and by which link; a click lets them in', async (env) => {
  const { owner, link } = await ownerInside(env, { link: { label: 'market people' } });
  const ben = await waitsAt(env, link, { name: 'Ben', note: 'from the market', device: 'telephone' });
  const card = cards(owner, 'Ben');
  const facts = ['from the market', `Two words: ${await wordsOf(ben)}`, 'with the link “market people”', 'just now'];
  for (const fact of facts) await card.getByText(fact).waitFor();
  assert.equal(await card.getByText('Careful').count(), 0);
  assert.equal(await card.getByText('while you were away').count(), 0);
  assert.equal(await title(owner).textContent(), 'Somebody is at the door');
  await owner.page.getByRole('alert').filter({ hasText: 'Ben knocks' }).waitFor();
  await card.getByRole('button', { name: 'Let in Ben' }).click();
  await isInside(ben);
  await door(owner).waitFor({ state: 'hidden' });
});

scene('a name that is taken is warned of', async (env) => {
  const { owner, link } = await ownerInside(env);
  await knocker(env, link, 'Аna');
  await cards(owner, 'Аna').getByText('Careful: somebody called Аna is already here').waitFor();
});

scene('Alt+Y lets in the first while the owner writes, and the draft stays as it is', async (env) => {
  const { owner, link } = await ownerInside(env);
  const draft = owner.page.getByLabel('Message', { exact: true });
  await draft.click();
  await owner.page.keyboard.type('half a ');
  const [ben, cleo] = [await knocker(env, link, 'Ben'), await knocker(env, link, 'Cleo')];
  await atDoor(owner, ['Cleo', 'Ben']);
  await settled(owner);
  await owner.page.keyboard.press('Alt+y');
  await stands(cleo, 'approved');
  await atDoor(owner, ['Ben']);
  await owner.page.keyboard.type('thought');
  assert.equal(await draft.inputValue(), 'half a thought');
  assert.equal((await standing(ben)).status, 'pending');
  await owner.page.keyboard.press('Alt+n');
  assert.equal((await stands(ben, 'declined')).reason, null);
  await door(owner).waitFor({ state: 'hidden' });
  assert.equal(await draft.inputValue(), 'half a thought');
});

scene('a reason for declining is read by the guest', async (env) => {
  const { owner, link } = await ownerInside(env);
  const ben = await waitsAt(env, link);
  await cards(owner, 'Ben').getByRole('button', { name: 'Decline Ben with a reason' }).click();
  const reason = cards(owner, 'Ben').getByLabel('Reason, which they will read');
  assert.ok(await reason.evaluate((field) => field === document.activeElement));
  await reason.fill('We are full tonight.');
  await reason.press('Enter');
  await ben.sees('They did not let you in.');
  await ben.sees('We are full tonight.');
  await door(owner).waitFor({ state: 'hidden' });
});

scene('who knocked while the owner was away is at the door when the page opens', async (env) => {
  const { owner, chat, link } = await ownerInside(env);
  await owner.goes('/');
  await knocker(env, link, 'Ben');
  await owner.page.route('**/knocks?status=pending*', async (route) => {
    const response = await route.fetch();
    const { items, ...rest } = await response.json();
    // The clock is advanced instead of waiting a minute.
    const older = items.map((knock) => ({ ...knock, created_at: new Date(Date.parse(knock.created_at) - 60_000).toISOString() }));
    await route.fulfill({ response, json: { ...rest, items: older } });
  });
  await owner.page.reload();
  await owner.sees('1 knocks');
  await returns(owner, chat);
  await cards(owner, 'Ben').getByText('1 minute ago, while you were away').waitFor();
  await knocker(env, link, 'Cleo');
  await cards(owner, 'Cleo').getByText('just now').waitFor();
  assert.equal(await cards(owner, 'Cleo').getByText('while you were away').count(), 0);
});

scene('all of them are declined after a question, whatever links they came by', async (env) => {
  const { owner, chat, link } = await ownerInside(env);
  const other = await owner.api.makesLink(chat);
  const guests = [];
  for (const [name, by] of [
    ['Ben', link],
    ['Cleo', other],
    ['Dan', link],
  ])
    guests.push(await knocker(env, by, name));
  await atDoor(owner, ['Dan', 'Cleo', 'Ben']);
  assert.equal(await title(owner).textContent(), '3 people are at the door');
  await button(owner, 'Decline all of them').click();
  const question = owner.page.getByRole('dialog', { name: 'Decline 3 knocks?' });
  await owner.page.keyboard.press('Alt+y');
  await question.getByRole('button', { name: 'Cancel' }).click();
  await question.waitFor({ state: 'detached' });
  assert.equal((await pending(owner, chat)).length, 3, 'neither a key nor Cancel decides');
  await button(owner, 'Decline all of them').click();
  await question.getByRole('button', { name: 'Decline all of them' }).click();
  await door(owner).waitFor({ state: 'hidden' });
  for (const guest of guests) await stands(guest, 'declined');
});

scene('whoever takes the knock back, or whose link is revoked, leaves the door', async (env) => {
  const { owner, chat, link } = await ownerInside(env);
  const other = await owner.api.makesLink(chat);
  const ben = await knocker(env, link, 'Ben');
  await knocker(env, other, 'Cleo');
  await knocker(env, link, 'Dan');
  await atDoor(owner, ['Dan', 'Cleo', 'Ben']);
  await ben.withdraws(link, ben);
  await atDoor(owner, ['Dan', 'Cleo']);
  await owner.api.revokes(other);
  await atDoor(owner, ['Dan']);
});

scene('a link that is used up says so, and its card stays to be declined', async (env) => {
  const { owner, link } = await ownerInside(env, { link: { max_uses: 1 } });
  owner.expects(/status of 409/);
  const [ben, cleo] = [await knocker(env, link, 'Ben'), await knocker(env, link, 'Cleo')];
  await button(owner, 'Let in Ben').click();
  await stands(ben, 'approved');
  await button(owner, 'Let in Cleo').click();
  await cards(owner, 'Cleo').getByText('This link has let in as many as it may. Decline, or send them a new link.').waitFor();
  await button(owner, 'Decline Cleo').click();
  await stands(cleo, 'declined');
  await door(owner).waitFor({ state: 'hidden' });
});

scene('what one tab of the owner decides is decided in the other', async (env) => {
  const { owner, chat, link } = await ownerInside(env);
  const second = { page: await owner.context.newPage() };
  await second.page.goto(`/c/${chat.chat_id}`);
  await knocker(env, link, 'Ben');
  const cleo = await knocker(env, link, 'Cleo');
  for (const tab of [owner, second]) await atDoor(tab, ['Cleo', 'Ben']);
  await button(owner, 'Let in Ben').click();
  await atDoor(second, ['Cleo']);
  await button(second, 'Decline Cleo').click();
  await door(owner).waitFor({ state: 'hidden' });
  await stands(cleo, 'declined');
});

scene('the focus goes to the next card, and from the last one to the composer', async (env) => {
  const { owner, link } = await ownerInside(env);
  for (const name of ['Ben', 'Cleo', 'Dan']) await knocker(env, link, name);
  await atDoor(owner, ['Dan', 'Cleo', 'Ben']);
  const focused = (name) => owner.page.waitForFunction((wanted) => document.activeElement.ariaLabel === wanted, name);
  await button(owner, 'Let in Cleo').focus();
  await owner.page.keyboard.press('Enter');
  await focused('Let in Ben');
  await owner.page.keyboard.press('Enter');
  await focused('Let in Dan');
  await owner.page.keyboard.press('Enter');
  await focused('Message');
});

scene('a guest is at the door of the chat that the link leads to, and of no other', async (env) => {
  const { owner, link } = await ownerInside(env);
  const other = await owner.api.opens({ title: 'Monday' });
  await owner.holds(other, { owner: true });
  const second = { page: await owner.context.newPage() };
  await second.page.goto(`/c/${other.chat_id}`);
  await second.page.getByText('Connected').waitFor();
  await waitsAt(env, link);
  await cards(owner, 'Ben').waitFor();
  await knocker(env, await owner.api.makesLink(other), 'Cleo');
  await atDoor(second, ['Cleo']);
  await atDoor(owner, ['Ben']);
});
