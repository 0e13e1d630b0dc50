// Who types, and who is online.
import assert from 'node:assert/strict';

import { scene } from './environment.mjs';
import { admitted, chatOfTwo, eventuallyEquals, inside, says } from './fixtures/conversation.mjs';

/** Looks at the page in both colour schemes. */
async function looked(person, name) {
  for (const colorScheme of ['light', 'dark']) {
    await person.page.emulateMedia({ colorScheme });
    await person.canBeAnybody();
    await person.picture(`${name}-${colorScheme}`);
  }
}

const typing = ({ page }) => page.locator('.typing').innerText();
const field = ({ page }) => page.getByLabel('Message', { exact: true });

/** The people in the sidebar, with what stands below their names. */
const people = ({ page }) =>
  page.locator('.sidebar .item').evaluateAll((items) => items.map((item) => item.querySelector('.item-main').innerText.split('\n')));

scene('who types is shown above the field until they stop, post, or say nothing more', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  const cleo = await admitted(env, { ana, chat }, 'Cleo');
  const dora = await admitted(env, { ana, chat }, 'Dora');
  const [person, other] = [await inside(env, { chat, by: ana }), await inside(env, { chat, by: ben }, { device: 'telephone' })];
  await field(other).pressSequentially('Shall we');
  await eventuallyEquals(() => typing(person), 'Ben is typing…');
  assert.equal(await typing(other), '', 'oneself is not shown');
  await looked(person, 'typing');
  await cleo.calls('POST', `/v1/chats/${chat.chat_id}/typing`, { typing: true });
  await eventuallyEquals(() => typing(person), 'Ben and Cleo are typing…');
  await eventuallyEquals(() => typing(other), 'Cleo is typing…');
  await looked(other, 'typing-telephone');
  await dora.calls('POST', `/v1/chats/${chat.chat_id}/typing`, { typing: true });
  await eventuallyEquals(() => typing(person), '3 people are typing…');
  await says(other, 'Shall we meet?');
  await eventuallyEquals(() => typing(person), 'Cleo and Dora are typing…');
  await eventuallyEquals(() => typing(person), '');
  await field(other).pressSequentially('Or');
  await eventuallyEquals(() => typing(person), 'Ben is typing…');
  await field(other).fill('');
  await eventuallyEquals(() => typing(person), '', 4_000);
});

scene('who writes on is shown on, and an edit of a message is not told', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  const [person, other] = [await inside(env, { chat, by: ana }), await inside(env, { chat, by: ben })];
  await says(other, 'hello');
  await person.sees('hello');
  const told = [];
  other.page.on('request', (request) => request.url().endsWith('/typing') && told.push(request.postData()));
  await field(other).press('ArrowUp');
  await field(other).pressSequentially(' you');
  await field(other).press('Escape');
  assert.deepEqual(told, []);
  for (let word = 0; word < 9; word += 1) {
    await field(other).pressSequentially('word ');
    await other.page.waitForTimeout(1_000);
    assert.equal(await typing(person), word === 0 ? await typing(person) : 'Ben is typing…');
  }
  assert.ok(told.length >= 2 && told.length <= 4, `said ${told.length} times`);
});

scene('who is online has a dot in the list, and the word', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  const person = await inside(env, { chat, by: ana }, { device: 'telephone' });
  await person.page.locator('[data-view=members]').click();
  await eventuallyEquals(
    () => people(person),
    [
      ['Ana', 'you, owner, online'],
      ['Ben', 'guest'],
    ],
  );
  const other = await inside(env, { chat, by: ben });
  await eventuallyEquals(
    () => people(person),
    [
      ['Ana', 'you, owner, online'],
      ['Ben', 'guest, online'],
    ],
  );
  assert.equal(await person.page.locator('.avatar.online').count(), 2);
  const { width } = await person.page.locator('.sidebar').boundingBox();
  assert.equal(width, person.page.viewportSize().width, 'the list covers the narrow page');
  await looked(person, 'online');
  await other.page.close();
  await eventuallyEquals(async () => (await people(person))[1][1], 'guest', 20_000);
});
