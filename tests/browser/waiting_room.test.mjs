// The waiting room of a guest: what it shows, and that the guest enters automatically.
import assert from 'node:assert/strict';

import { button, cards, isInside, knocksAt, ownerInside, pageOf, pending, returns, waitsAt, wordsOf } from './fixtures/door.mjs';
import { scene } from './environment.mjs';

/** An owner without a page, their chat, and a link into it. */
async function ownerElsewhere(env, { chat: body = {}, link: made = {} } = {}) {
  const api = env.apiClient();
  const chat = await api.opens({ title: 'Sunday', ...body });
  return { owner: { api }, chat, link: await api.makesLink(chat, made) };
}

/** Another tab of the same browser. */
async function tab(person, path) {
  const page = await person.context.newPage();
  await page.goto(path);
  return { page };
}

const heading = ({ page }, name, timeout) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor({ timeout });

/** What the browser logs when a test breaks the network. */
const BROKEN = /console: .* net::ERR_(CONNECTION_(REFUSED|RESET)|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING) \(\S*\/v1\/links\//;

scene('opening a link tells nobody, however often', async (env) => {
  const { owner, chat, link } = await ownerElsewhere(env);
  const ben = await env.person({ device: 'telephone' });
  await ben.goes(pageOf(link));
  await ben.page.reload();
  await ben.sees('Nobody has been told that you opened this page.');
  assert.deepEqual(await pending(owner, chat), []);
  assert.equal(await ben.page.evaluate(() => localStorage.length), 0);
});

scene('a reload, or a look at the first page, keep the knock', async (env) => {
  const { owner, chat, link } = await ownerElsewhere(env);
  const ben = await waitsAt(env, link, { name: 'Ben' });
  const words = await wordsOf(ben);
  await ben.page.reload();
  await ben.sees('Connected');
  assert.equal(await wordsOf(ben), words);
  await ben.goes('/');
  await ben.page.getByRole('link', { name: 'Waiting to be let in You knocked as Ben' }).click();
  await ben.sees('Connected');
  assert.equal(await wordsOf(ben), words);
  assert.deepEqual(
    (await pending(owner, chat)).map(({ name, code }) => [name, code]),
    [['Ben', words]],
  );
  await owner.api.lets(link);
  await isInside(ben);
});

scene('who no longer wants to wait takes the knock back', async (env) => {
  const { owner, chat, link } = await ownerInside(env);
  const ben = await waitsAt(env, link);
  await cards(owner, 'Ben').waitFor();
  await button(ben, 'Never mind, do not wait').click();
  await heading(ben, 'You no longer wait');
  await cards(owner, 'Ben').waitFor({ state: 'detached' });
  assert.deepEqual(await pending(owner, chat), []);
  await button(ben, 'Knock again').click();
  await button(ben, 'Knock').click();
  await cards(owner, 'Ben').waitFor();
});

scene('who is declined is told so, without a reason where none was given, and cannot knock again at once', async (env) => {
  const { owner, chat, link } = await ownerElsewhere(env);
  const ben = await waitsAt(env, link);
  await owner.api.declines(link);
  await heading(ben, 'Not this time');
  await ben.sees('They did not let you in.');
  assert.equal(await ben.page.getByText('They wrote:').count(), 0);
  ben.expects(/status of 429 .*\/knocks/);
  await button(ben, 'Knock again').click();
  assert.equal(await ben.page.getByLabel('Your name').inputValue(), 'Ben');
  await button(ben, 'Knock').click();
  await ben.sees('You were declined a short while ago. Try again in 10 minutes.');
  assert.deepEqual(await pending(owner, chat), []);
  assert.ok(await button(ben, 'Knock').isEnabled());
});

scene('who is declined with a reason while away reads it on coming back', async (env) => {
  const { owner, link } = await ownerElsewhere(env);
  const ben = await waitsAt(env, link);
  await ben.goes('/');
  await ben.sees('Waiting to be let in');
  await owner.api.declines(link, { reason: 'We are full tonight.' });
  await ben.page.reload();
  await ben.page.getByRole('link', { name: 'You no longer wait: see why' }).click();
  await heading(ben, 'Not this time');
  await ben.page.getByRole('blockquote').getByText('We are full tonight.', { exact: true }).waitFor();
  await ben.goes('/');
  await button(ben, 'Open a chat').waitFor();
  assert.equal(await ben.page.getByText('You no longer wait').count(), 0, 'what was read is not told again');
});

scene('who is let in while away sees it on the first page, and goes in from there', async (env) => {
  const { owner, link } = await ownerElsewhere(env);
  const ben = await waitsAt(env, link);
  await ben.goes('/');
  await owner.api.lets(link);
  await ben.page.reload();
  await ben.page.getByRole('link', { name: 'You are in' }).click();
  await isInside(ben);
});

const ENDS = {
  'whose link is revoked is told that they were not let in': [({ api }, { link }) => api.revokes(link), 'Not this time'],
  'whose chat is closed is told that nobody comes': [({ api }, { chat }) => api.closes(chat), 'Nobody came to the door'],
};

for (const [name, [ends, title]] of Object.entries(ENDS)) {
  scene(`a guest ${name}`, async (env) => {
    const { owner, chat, link } = await ownerElsewhere(env);
    const ben = await waitsAt(env, link);
    await ends(owner, { chat, link });
    await heading(ben, title);
    ben.expects(/status of 404 .*\/knocks/);
    await button(ben, 'Knock again').click();
    await button(ben, 'Knock').click();
    await heading(ben, 'This link leads nowhere any more');
    await ben.page.getByRole('link', { name: 'Open a chat of your own' }).waitFor();
  });
}

scene('a link that is dead looks like any other, and says so to who knocks', async (env) => {
  const { owner, link } = await ownerElsewhere(env);
  await owner.api.revokes(link);
  const ben = await env.person();
  ben.expects(/status of 404 .*\/knocks/);
  await knocksAt(ben, link);
  await heading(ben, 'This link leads nowhere any more');
  await ben.page.reload();
  await heading(ben, 'You are invited to a chat');
});

scene('who is let in while the connection is broken enters when it is back', async (env) => {
  const { owner, link } = await ownerElsewhere(env);
  const ben = await waitsAt(env, link);
  ben.expects(BROKEN);
  env.proxy.refuse();
  await ben.sees('Reconnecting…');
  await owner.api.lets(link);
  await env.proxy.go();
  await isInside(ben);
});

scene('a decision that the broken connection swallowed is still learnt', async (env) => {
  const { owner, link } = await ownerElsewhere(env);
  const ben = await waitsAt(env, link);
  ben.expects(BROKEN);
  env.proxy.stall();
  await owner.api.declines(link, { reason: 'We are full tonight.' });
  env.proxy.cut();
  await env.proxy.go();
  await ben.sees('We are full tonight.');
});

scene('who waits while the server is started anew is told that the link leads nowhere', async (env) => {
  const { link } = await ownerElsewhere(env);
  const ben = await waitsAt(env, link);
  ben.expects(BROKEN);
  ben.expects(/status of 404 .*\/v1\/links\//);
  await env.server.stop();
  await ben.sees('Reconnecting…');
  await env.server.start();
  await heading(ben, 'This link leads nowhere any more', 40_000);
  assert.deepEqual(await ben.page.evaluate(() => Object.keys(localStorage)), ['parlor.name']);
});

scene('two tabs of one guest wait with one knock, and both enter', async (env) => {
  const { owner, chat, link } = await ownerElsewhere(env);
  const ben = await waitsAt(env, link);
  const second = await tab(ben, pageOf(link));
  await second.page.getByText('Connected').waitFor();
  assert.equal(await wordsOf(second), await wordsOf(ben));
  assert.equal((await pending(owner, chat)).length, 1);
  await owner.api.lets(link);
  for (const page of [ben, second]) await isInside(page);
  assert.equal((await owner.api.calls('GET', `/v1/chats/${chat.chat_id}/members`)).items.length, 2);
});

scene('whoever is inside already is led there by their link, owner and guest', async (env) => {
  const { owner, chat } = await ownerInside(env);
  await button(owner, 'Invite by links').click();
  await owner.page.getByText('Make another link').click();
  await button(owner, 'Make a link').click();
  const addresses = owner.page.getByLabel('Link', { exact: true });
  await addresses.nth(1).waitFor();
  const address = await addresses.first().inputValue();
  const ben = await env.person();
  await ben.goes(address);
  await ben.fills('Your name', 'Ben');
  await button(ben, 'Knock').click();
  await button(owner, 'Let in Ben').click();
  await isInside(ben);
  await ben.goes(address);
  await isInside(ben);
  await owner.goes(address);
  await owner.sees('This is a link into a chat of yours.');
  await owner.page.getByRole('link', { name: 'Go to the chat' }).click();
  await isInside(owner);
  assert.deepEqual(await pending(owner, chat), []);
});

const STRAIGHT = { 'an open chat': { chat: { admission: 'open' } }, 'a link that asks nobody': { link: { auto_approve: true } } };

for (const [name, made] of Object.entries(STRAIGHT)) {
  scene(`${name} lets in at once`, async (env) => {
    const { owner, chat, link } = await ownerInside(env, made);
    const ben = await env.person({ device: 'telephone' });
    await knocksAt(ben, link, { name: 'Ben' });
    await isInside(ben);
    await owner.sees('Ben came in');
    assert.deepEqual(await pending(owner, chat), []);
    await returns(ben, chat);
  });
}
