// What messages show: formatted text, images and videos behind a link.
import assert from 'node:assert/strict';

import { payloads } from './injection_payloads.mjs';
import { scene } from './environment.mjs';
import { chatOfTwo, conversation, inside, message } from './fixtures/conversation.mjs';
import { posts } from './fixtures/messages.mjs';

const TALK = [
  'We need **bread** and *olives*, ~~wine~~:',
  '1. `bread`\n2. olives\n   - green\n   - black',
  '> At ten?\n\nAt ten, [by the fountain](https://example.org/fountain).',
  '```\nif (late) {\n  run();\n}\n```',
].join('\n\n');

scene('formatted text is shown as it is meant, in both colours and on a narrow screen', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  await ben.writes(chat, TALK);
  await ana.writes(chat, '**Yes**, and `more`');
  const person = await inside(env, { chat, by: ana });
  const text = conversation(person).locator('.formatted').first();
  assert.deepEqual(await text.locator('> *').evaluateAll((all) => all.map(({ tagName }) => tagName)), [
    'P',
    'OL',
    'BLOCKQUOTE',
    'P',
    'PRE',
  ]);
  assert.deepEqual(await text.locator('strong, em, del, code').allTextContents(), [
    'bread',
    'olives',
    'wine',
    'bread',
    'if (late) {\n  run();\n}\n',
  ]);
  const link = text.getByRole('link', { name: 'by the fountain (example.org)' });
  assert.deepEqual(await link.evaluate(({ href, rel, target }) => [href, rel, target]), [
    'https://example.org/fountain',
    'noopener noreferrer nofollow ugc',
    '_blank',
  ]);
  for (const [width, colorScheme] of [
    [1280, 'light'],
    [1280, 'dark'],
    [360, 'light'],
  ]) {
    await person.page.setViewportSize({ width, height: 800 });
    await person.page.emulateMedia({ colorScheme });
    await person.canBeAnybody();
    await person.picture(`formatted-${width}-${colorScheme}`);
    const { scrollWidth, clientWidth } = await conversation(person).evaluate((element) => element);
    assert.equal(scrollWidth, clientWidth);
  }
});

scene('a text that is not formatted stays as it was typed', async (env) => {
  const { ana, chat } = await chatOfTwo(env);
  const text = 'one  two\n\n   three https://example.org/a_b_c';
  await ana.writes(chat, text);
  const person = await inside(env, { chat, by: ana });
  assert.equal(await message(person, text).locator('.text').textContent(), text);
  assert.equal(await conversation(person).locator('.formatted').count(), 0);
});

scene('an image and a video are links that say where they lead, and nothing is fetched before a click', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  const image = { url: 'https://pictures.test/cat.png', width: 1200, height: 800, alt: 'A cat on a wall' };
  await posts(ben, chat, { image, text: 'My **cat**' });
  await posts(ben, chat, { video: { url: 'https://www.youtube.com/watch?v=x', duration_seconds: 3_725 } });
  const person = await inside(env, { chat, by: ana });
  const links = conversation(person).getByRole('link');
  assert.deepEqual(await links.evaluateAll((all) => all.map(({ innerText, href, rel, target }) => [innerText, href, rel, target])), [
    ['A cat on a wall\npictures.test · 1200 × 800', image.url, 'noopener noreferrer nofollow ugc', '_blank'],
    ['Watch the video\nwww.youtube.com · 1:02:05', 'https://www.youtube.com/watch?v=x', 'noopener noreferrer nofollow ugc', '_blank'],
  ]);
  assert.equal(await conversation(person).locator('img, video, iframe').count(), 0);
  await person.sees('My cat');
  await person.canBeAnybody();
  await person.picture('media');
  person.expects(/asked: https:\/\/pictures\.test\//);
  const asked = new Promise((done) => {
    person.context.route('https://pictures.test/**', async (route) => {
      done(await route.request().allHeaders());
      await route.fulfill({ body: 'a cat' });
    });
  });
  const [opened] = await Promise.all([person.context.waitForEvent('page'), links.first().click()]);
  assert.equal((await asked).referer, undefined);
  await opened.waitForLoadState();
  assert.deepEqual(await opened.evaluate(() => [document.referrer, opener]), ['', null]);
});

scene('SEC-135 markup that the server never sends is shown as the text that was typed', async (env) => {
  const { ana, ben, chat } = await chatOfTwo(env);
  const texts = payloads.filter((text) => text.includes('<')).slice(0, 100);
  for (const text of texts) await ben.writes(chat, text);
  const person = await inside(env, { chat, by: ana });
  await person.page.route(new RegExp(`/v1/chats/${chat.chat_id}\\?`), async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    json.messages = json.messages.map((one) => ({ ...one, html: `<p><strong>x</strong>${one.text}</p>` }));
    await route.fulfill({ response, json });
  });
  await person.page.reload();
  await message(person, texts.at(-1)).waitFor();
  const found = await conversation(person)
    .locator('.text *')
    .evaluateAll((all) => all.filter((one) => !one.matches('a, bdi, .unseen')).map(({ outerHTML }) => outerHTML));
  assert.deepEqual(found, []);
});
