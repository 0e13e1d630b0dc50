// Failures around the page and actions at the wrong moment do no harm.
import assert from 'node:assert/strict';

import { button, cards, door, ownerInside, settled } from './fixtures/door.mjs';
import { scene } from './environment.mjs';

scene('a 404 that is not Parlor’s own makes the browser forget nothing', async (env) => {
  const { owner, chat } = await ownerInside(env);
  owner.expects(/status of 404/);
  await owner.page.route('**/v1/**', (route) => route.fulfill({ status: 404, body: '404 page not found' }));
  await owner.goes('/');
  await owner.sees('Not reached just now');
  await owner.goes(`/c/${chat.chat_id}`);
  await owner.sees('The chat could not be opened');
  await owner.page.unrouteAll({ behavior: 'wait' });
  await owner.page.getByLabel('Message').waitFor();
});

scene('a link that was taken back is not offered again after a reload', async (env) => {
  const { owner, link, chat } = await ownerInside(env);
  await owner.api.makesLink(chat, { label: 'the other one' });
  await owner.api.revokes(link);
  await owner.page.reload();
  await owner.presses('Links');
  await owner.page.locator('.link', { hasText: 'the other one' }).waitFor();
  await owner.page.getByText('Links that no longer work').waitFor();
  assert.equal(await owner.page.locator('.link').count(), 1);
});

scene('who knocks is seen on a telephone whatever else is open there', async (env) => {
  const { owner, link } = await ownerInside(env, { device: 'telephone' });
  await owner.presses('Links');
  await owner.page.getByRole('complementary').waitFor();
  await env.apiClient().knocks(link, { name: 'Ben' });
  await owner.page.getByRole('alert').filter({ hasText: 'Ben knocks' }).waitFor();
  await button(owner, 'Let in Ben').click();
  await door(owner).waitFor({ state: 'hidden' });
});

scene('a key that is held down decides once, and writes where it writes', async (env) => {
  const { owner, chat, link } = await ownerInside(env);
  for (const name of ['Ben', 'Cleo', 'Dan']) await env.apiClient().knocks(link, { name });
  await cards(owner, 'Dan').waitFor();
  await settled(owner);
  const message = owner.page.getByLabel('Message');
  await message.focus();
  // On a Mac, Option and a letter produce another character, which a text field gets.
  await message.dispatchEvent('keydown', { key: 'Dead', code: 'KeyN', altKey: true, bubbles: true });
  await owner.page.keyboard.down('Alt');
  for (let times = 0; times < 4; times += 1) await owner.page.keyboard.down('n');
  await owner.page.keyboard.up('n');
  await owner.page.keyboard.up('Alt');
  await cards(owner, 'Dan').waitFor({ state: 'detached' });
  await owner.api.writes(chat, 'afterwards');
  await owner.sees('afterwards');
  assert.deepEqual(await owner.page.locator('.knock-name').allTextContents(), ['Cleo', 'Ben']);
});

scene('a guest who was removed with the page closed, and is let in again, is inside', async (env) => {
  const { owner, chat, link } = await ownerInside(env);
  const ben = await env.person();
  ben.expects(/status of 404/);
  const knocks = async () => {
    await ben.fills('Your name', 'Ben');
    await ben.presses('Knock');
    await button(owner, 'Let in Ben').click();
    await ben.page.getByLabel('Message').waitFor();
  };
  await ben.goes(`/l/${link.link_id}`);
  await knocks();
  await ben.goes('/security');
  await owner.api.removes(chat, { id: 2 });
  await ben.goes(`/l/${link.link_id}`);
  await knocks();
  await ben.page.reload();
  await ben.page.getByLabel('Message').waitFor();
});

scene('all members are listed, however many', async (env) => {
  const { owner, chat } = await ownerInside(env);
  const link = await owner.api.makesLink(chat, { auto_approve: true });
  for (let n = 0; n < 205; n += 1) await env.apiClient().knocks(link, { name: `Guest ${n}` });
  await owner.page.reload();
  await owner.page.getByText('206 people').waitFor();
  await owner.presses('People: 206 people');
  await button(owner, 'Remove Guest 204').waitFor();
});

scene('a browser that keeps nothing says so before anybody opens a chat or knocks', async (env) => {
  const person = await env.person();
  await person.context.addInitScript(() => {
    Object.defineProperty(globalThis, 'localStorage', {
      get: () => {
        throw new DOMException('denied', 'SecurityError');
      },
    });
  });
  for (const path of ['/', '/l/none']) {
    await person.goes(path);
    await person.sees('This browser keeps nothing for this page');
    assert.equal(await person.page.getByRole('textbox').count(), 0);
  }
});
