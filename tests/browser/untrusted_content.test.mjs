// User content stays text whatever it contains, and the page leaks nothing.
import assert from 'node:assert/strict';

import { payloads, shortened } from './injection_payloads.mjs';
import { scene } from './environment.mjs';
import { chatsTour } from './fixtures/chats_tour.mjs';

const PER_CHAT = 102;

/** A chat with these payloads as title, labels, names, notes and messages; with its links. */
async function filled(env, ana, texts) {
  const chat = await ana.opens({ title: shortened(texts[0], 120) });
  const links = [];
  for (const [i, text] of texts.entries()) {
    if (i % 3 === 0) links.push(await ana.makesLink(chat, { label: shortened(text, 60) }));
    await ana.writes(chat, text);
    if (i >= 99) continue;
    await env.apiClient().knocks(links.at(-1), { name: shortened(text, 40), note: shortened(text, 280) });
  }
  return { chat, links };
}

/** Admits all who wait at a link. */
async function letsAll(ana, { chat_id }, link_id) {
  const { items } = await ana.calls('GET', `/v1/chats/${chat_id}/knocks?status=pending`);
  const knock_ids = items.filter((knock) => knock.link_id === link_id).map((knock) => knock.knock_id);
  if (knock_ids.length > 0) await ana.lets({ link_id }, { knock_ids });
}

/** Elements in what people wrote that are neither for links and invisible characters nor, in a message, of formatted text. */
const strangers = (page) =>
  page.evaluate(() => {
    const attributes = new Set(['href', 'target', 'rel', 'dir', 'class', 'title', 'start']);
    const isKnown = (element) => {
      const always = element.matches('a, bdi, .unseen, .target');
      const formatted = element.matches('.formatted :is(p, br, strong, em, del, code, pre, blockquote, ul, ol, li)');
      return (always || formatted) && element.getAttributeNames().every((name) => attributes.has(name));
    };
    const all = [...document.querySelectorAll('.text *, bdi *, blockquote *')];
    return all.filter((element) => !isKnown(element)).map(({ outerHTML }) => outerHTML);
  });

scene(
  'SEC-135 500 texts that try to be scripts do nothing as title, label, name, note and message',
  async (env) => {
    assert.ok(payloads.length >= 500, `${payloads.length} of them`);
    const owner = await env.person();
    await owner.goes('/');
    for (let from = 0; from < payloads.length; from += PER_CHAT) {
      const texts = payloads.slice(from, from + PER_CHAT);
      const ana = env.apiClient();
      const { chat, links } = await filled(env, ana, texts);
      await owner.holds(chat, { owner: true });
      await owner.goes(`/c/${chat.chat_id}`);
      await owner.page.locator('.knock').first().waitFor();
      while ((await owner.page.getByText('This is the beginning.').count()) === 0) {
        await owner.page.locator('.scroll').evaluate((scroll) => scroll.scrollTo(0, 0));
      }
      const shown = new Set(await owner.page.locator('.message .text').allTextContents());
      const { messages } = await ana.reads(chat);
      const typed = messages.filter(({ html, text }) => !html && !text.includes('\t'));
      assert.ok(typed.length > texts.length / 2, `${typed.length} are not formatted`);
      const missing = typed.filter(({ text }) => !shown.has(text));
      assert.deepEqual(missing.slice(0, 3), [], 'messages are shown as they were written');
      for (const text of texts.slice(0, 20)) await ana.changes(chat, { title: shortened(text, 120) });
      await owner.page.waitForFunction(
        (title) => document.querySelector('.head h1').textContent === title,
        shortened(texts[Math.min(19, texts.length - 1)], 120),
      );
      await owner.presses('Links');
      await owner.page.locator('.link').first().waitFor();
      assert.deepEqual(await strangers(owner.page), []);
      for (const { link_id } of links) await letsAll(ana, chat, link_id);
      await owner.page.locator('.knocks').waitFor({ state: 'hidden' });
      await owner.presses('People');
      assert.deepEqual(await strangers(owner.page), []);
    }
    await owner.goes('/');
    await owner.sees('gone in');
    assert.deepEqual(await strangers(owner.page), []);
  },
  { timeout: 180_000 },
);

scene('SEC-136 text is shown as text, and a link says where it goes', async (env) => {
  const ana = env.apiClient();
  const chat = await ana.opens();
  const lookalike = 'http://аррӏе.com/';
  for (const text of ['<b>bold</b> & &amp;', `see ${lookalike}x, https://example.org/a(b).`, 'javascript:alert(1) mailto:a@example.org'])
    await ana.writes(chat, text);
  const owner = await env.person();
  await owner.goes('/');
  await owner.holds(chat, { owner: true });
  await owner.goes(`/c/${chat.chat_id}`);
  const texts = owner.page.locator('.message .text');
  await texts.nth(2).waitFor();
  assert.equal(await texts.nth(0).innerHTML(), '&lt;b&gt;bold&lt;/b&gt; &amp; &amp;amp;');
  const links = await owner.page
    .locator('.text a')
    .evaluateAll((all) => all.map(({ textContent, href, rel, target }) => [textContent, href, rel, target]));
  const safe = ['noopener noreferrer nofollow ugc', '_blank'];
  assert.deepEqual(links, [
    ['http://xn--80ak6aa92e.com/x', 'http://xn--80ak6aa92e.com/x', ...safe],
    ['https://example.org/a(b)', 'https://example.org/a(b)', ...safe],
  ]);
});

scene('SEC-135 texts that try to be scripts do nothing as names, groups, descriptions and last words', async (env) => {
  const person = await env.person();
  const [text] = payloads;
  const texts = { title: text, name: shortened(text, 40), description: payloads.slice(0, 20).join('\n'), message: text, note: text };
  let screens = 0;
  await chatsTour(
    env,
    person,
    async (screen) => {
      screens += 1;
      const found = await person.page.evaluate(
        () => [...document.querySelectorAll('script:not([src]), iframe, object, embed, style')].length,
      );
      assert.equal(found, 0, screen);
      assert.deepEqual(await strangers(person.page), [], screen);
    },
    texts,
  );
  assert.ok(screens >= 10);
});

scene('SEC-137 text from others stays in its place, and what is invisible is shown', async (env) => {
  const ana = env.apiClient();
  const chat = await ana.opens({ name: 'עדה' });
  const controls = ['\u202E', '\u2066', '\u200B', '\u00AD', '\u200F', '\u{E0041}'];
  for (const control of controls) await ana.writes(chat, `harmless${control}gpj.exe`);
  const guest = env.apiClient();
  const link = await ana.makesLink(chat);
  await guest.knocks(link, { name: 'بن' });
  await ana.lets(link);
  await guest.writes(chat, 'مرحبا');
  const owner = await env.person();
  await owner.goes('/');
  await owner.holds(chat, { owner: true });
  await owner.goes(`/c/${chat.chat_id}`);
  await owner.sees('مرحبا');
  const signs = await owner.page.locator('.unseen').evaluateAll((all) => all.map(({ title, offsetWidth }) => [title, offsetWidth > 0]));
  assert.deepEqual(
    signs,
    controls.map((control) => [`U+${control.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}`, true]),
  );
  const text = await owner.page.locator('.stretches').innerText();
  assert.ok(!/[\u202A-\u202E\u2066-\u2069\u200B]/u.test(text), 'nothing that turns or hides is left');
  assert.equal(
    await owner.page.locator('.who, .happened').evaluateAll((all) => all.every((one) => one.querySelector('bdi'))),
    true,
    'names are isolated',
  );
  assert.equal(await owner.page.locator('.body').evaluateAll((all) => all.every(({ dir }) => dir === 'auto')), true);
  const direction = await owner.page.locator('.body', { hasText: 'مرحبا' }).evaluate((body) => getComputedStyle(body).direction);
  assert.equal(direction, 'rtl');
});

scene('SEC-010 a link’s page tells nothing of its chat', async (env) => {
  const ana = env.apiClient();
  const chat = await ana.opens({ name: 'Anastasia', title: 'Secret plans' });
  const link = await ana.makesLink(chat, { label: 'for Boris' });
  await ana.writes(chat, 'at the usual place');
  const guest = await env.person();
  await guest.goes(new URL(link.link_url).pathname);
  await guest.page.getByRole('button', { name: 'Knock' }).waitFor();
  const said = (await guest.page.content()) + (await guest.page.title());
  for (const secret of ['Anastasia', 'Secret', 'Boris', 'usual place', chat.chat_id]) assert.ok(!said.includes(secret), secret);
  assert.deepEqual((await ana.calls('GET', `/v1/chats/${chat.chat_id}/knocks`)).items, [], 'opening it tells nobody');
});

scene('SEC-011 addresses of chats are told to nobody', async (env) => {
  const ana = env.apiClient();
  const chat = await ana.opens();
  await ana.writes(chat, 'https://elsewhere.test/page');
  const owner = await env.person();
  owner.expects(/asked: https:\/\/elsewhere\.test\//);
  const referrers = [];
  owner.context.on('request', (request) => referrers.push(request.headers().referer));
  const asked = new Promise((done) => {
    owner.context.route('https://elsewhere.test/**', async (route) => {
      done(await route.request().allHeaders());
      await route.fulfill({ body: 'elsewhere', contentType: 'text/html' });
    });
  });
  await owner.goes('/');
  await owner.holds(chat, { owner: true });
  await owner.goes(`/c/${chat.chat_id}`);
  const link = owner.page.getByRole('link', { name: 'https://elsewhere.test/page' });
  const [opened] = await Promise.all([owner.context.waitForEvent('page'), link.click()]);
  await opened.waitForLoadState();
  assert.equal(new URL(opened.url()).host, 'elsewhere.test');
  assert.equal((await asked).referer, undefined);
  assert.deepEqual(await opened.evaluate(() => [document.referrer, opener]), ['', null]);
  assert.ok(referrers.length > 10);
  assert.deepEqual(referrers.filter(Boolean), []);
});
