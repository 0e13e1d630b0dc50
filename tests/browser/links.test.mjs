// Links as their owner creates, shares, watches and revokes them.
import assert from 'node:assert/strict';

import { button, cards, eventually, isInside, ownerInside, pending, returns, waitsAt } from './fixtures/door.mjs';
import { answers } from './fixtures/conversation.mjs';
import { scene } from './environment.mjs';

const panel = ({ page }) => page.getByRole('complementary', { name: 'Links' });

/** The card of a working link, by its label or content. */
const card = (owner, hasText) => panel(owner).getByRole('listitem').filter({ hasText });

/** A button on such a card. */
const pressed = (owner, label, name) => card(owner, label).getByRole('button', { name, exact: true });

const links = async ({ owner, chat }) => (await owner.api.calls('GET', `/v1/chats/${chat.chat_id}/links`)).items;

/** An owner with the links open. */
async function looks(env, { link = { label: 'market people' }, ...options } = {}) {
  const inside = await ownerInside(env, { link, ...options });
  await button(inside.owner, 'Invite by links').click();
  return inside;
}

/** Admits a guest with a page through a link. */
async function admitted(env, { owner, link }, name) {
  const guest = await waitsAt(env, link, { name });
  await button(owner, `Let in ${name}`).click();
  await isInside(guest);
  return guest;
}

scene('a link is made as it was asked for: label, lifetime, uses, and whether it asks', async (env) => {
  const inside = await looks(env);
  const { owner } = inside;
  await owner.page.getByText('Make another link').click();
  await owner.fills('Label, which only you see', 'for the choir');
  await owner.page.getByLabel('Can be used for').selectOption('an hour');
  await owner.page.getByLabel('Lets in at most').selectOption('5 people');
  await owner.page.getByLabel('Let them in without asking me').check();
  await button(owner, 'Make a link').click();
  await card(owner, 'for the choir').getByText('0 of 5 came by it · lets in without asking').waitFor();
  await card(owner, 'for the choir').getByText('works for another 59 minutes').waitFor();
  const made = (await links(inside)).find(({ label }) => label === 'for the choir');
  const lasts = (Date.parse(made.expires_at) - Date.parse(made.created_at)) / 1_000;
  assert.deepEqual([Math.round(lasts), made.max_uses, made.auto_approve], [3_600, 5, true]);
  assert.equal(await card(owner, 'for the choir').getByLabel('Link', { exact: true }).inputValue(), made.link_url);
});

scene('a link that is made with nothing said lasts a day, lets in any number, and asks', async (env) => {
  const inside = await looks(env);
  const { owner } = inside;
  await owner.page.getByText('Make another link').click();
  await button(owner, 'Make a link').click();
  const shown = panel(owner).getByRole('listitem');
  await shown.nth(1).waitFor();
  await shown.first().getByText('works for another 23h 59m · nobody came by it yet · you decide').waitFor();
  const [made] = (await links(inside)).filter(({ label }) => label === null);
  const lasts = (Date.parse(made.expires_at) - Date.parse(made.created_at)) / 1_000;
  assert.deepEqual([Math.round(lasts), made.max_uses, made.auto_approve], [86_400, null, false]);
});

scene('how many came by a link is shown as they come', async (env) => {
  const inside = await looks(env, { link: { label: 'market people', max_uses: 5 } });
  const { owner, chat } = inside;
  const straight = await owner.api.makesLink(chat, { label: 'for the choir', auto_approve: true });
  await card(owner, 'for the choir').getByText('nobody came by it yet').waitFor();
  await admitted(env, inside, 'Ben');
  await card(owner, 'market people').getByText('1 of 5 came by it').waitFor();
  for (const name of ['Cleo', 'Dan']) await env.apiClient().knocks(straight, { name });
  await card(owner, 'for the choir').getByText('2 people came by it').waitFor();
  await returns(owner, chat);
  await button(owner, 'Invite by links').click();
  await card(owner, 'market people').getByText('1 of 5 came by it').waitFor();
  await card(owner, 'for the choir').getByText('2 people came by it').waitFor();
});

scene('a link that is revoked works no longer, is listed as such, and declines who waits', async (env) => {
  const { owner, chat, link } = await looks(env);
  const ben = await waitsAt(env, link);
  await cards(owner, 'Ben').waitFor();
  await pressed(owner, 'market people', 'Revoke market people').click();
  await answers(owner, 'Revoke this link?', 'Cancel');
  assert.equal((await pending(owner, chat)).length, 1, 'Cancel revokes nothing');
  await pressed(owner, 'market people', 'Revoke market people').click();
  assert.equal(await button(owner, 'Revoke, and remove whom it let in').count(), 0, 'it let in nobody');
  await answers(owner, 'Revoke this link?', 'Revoke');
  await ben.sees('They did not let you in.');
  await cards(owner, 'Ben').waitFor({ state: 'detached' });
  await owner.sees('There is no link that works. Make one to invite somebody.');
  await owner.page.getByText('Links that no longer work').click();
  await card(owner, 'market people').getByText('revoked · nobody came by it yet').waitFor();
  await assert.rejects(env.apiClient().knocks(link), { status: 404 });
});

scene('who is inside stays when only the link is revoked, and can be removed with it later', async (env) => {
  const inside = await looks(env);
  const { owner, chat } = inside;
  const ben = await admitted(env, inside, 'Ben');
  await pressed(owner, 'market people', 'Revoke market people').click();
  await answers(owner, 'Revoke this link?', 'Revoke');
  await owner.page.getByText('Links that no longer work').click();
  await card(owner, 'market people').getByText('revoked · 1 person came by it').waitFor();
  await owner.api.writes(chat, 'You are still here');
  await ben.sees('You are still here');
  await pressed(owner, 'market people', 'Remove whom it let in').click();
  await answers(owner, 'Remove everybody whom this link let in?', 'Remove whom it let in');
  await ben.sees('You were removed from this chat');
  await owner.sees('Ben was removed with their link');
});

scene('a link is revoked together with whom it let in, and nobody else', async (env) => {
  const inside = await looks(env);
  const { owner, chat } = inside;
  const other = { owner, link: await owner.api.makesLink(chat) };
  const [ben, cleo] = [await admitted(env, inside, 'Ben'), await admitted(env, other, 'Cleo')];
  await pressed(owner, 'market people', 'Revoke market people').click();
  await answers(owner, 'Revoke this link?', 'Revoke, and remove whom it let in');
  await ben.sees('You were removed from this chat');
  await owner.api.writes(chat, 'Only Cleo reads this');
  await cleo.sees('Only Cleo reads this');
});

scene('a link that has let in as many as it may is among those that no longer work', async (env) => {
  const inside = await looks(env, { link: { label: 'market people', max_uses: 1 } });
  const { owner } = inside;
  await admitted(env, inside, 'Ben');
  await owner.sees('There is no link that works.');
  await owner.page.getByText('Links that no longer work').click();
  await card(owner, 'market people').getByText('used up · 1 of 1 came by it').waitFor();
});

scene('a link goes by the share sheet where there is one', async (env) => {
  const owner = await env.person({ device: 'telephone' });
  await owner.context.addInitScript(() => {
    globalThis.shared = [];
    navigator.share = async (what) => void globalThis.shared.push(what);
  });
  const { link } = await looks(env, { owner });
  await pressed(owner, 'market people', 'Send it…').click();
  const shared = await eventually(
    () => owner.page.evaluate(() => globalThis.shared),
    ({ length }) => length > 0,
  );
  assert.deepEqual(shared, [{ title: 'You are invited to a chat', url: link.link_url }]);
});

scene('where there is neither a share sheet nor a clipboard, the link is marked to be copied by hand', async (env) => {
  const owner = await env.person();
  await owner.context.addInitScript(() => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
    Object.defineProperty(navigator, 'share', { value: undefined });
  });
  const { link } = await looks(env, { owner });
  assert.equal(await pressed(owner, 'market people', 'Send it…').count(), 0);
  await pressed(owner, 'market people', 'Copy link').click();
  await owner.sees('Copying is not allowed here: mark the link and copy it by hand.');
  assert.equal(await owner.page.evaluate(() => getSelection().toString()), link.link_url);
});

scene('a link is copied where the browser allows it', async (env) => {
  const { owner, link } = await looks(env, { permissions: ['clipboard-read', 'clipboard-write'] });
  await pressed(owner, 'market people', 'Copy link').click();
  await owner.sees('Copied');
  assert.equal(await owner.page.evaluate(() => navigator.clipboard.readText()), link.link_url);
});
