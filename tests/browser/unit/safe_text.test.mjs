// Rendering of untrusted text: invisible characters, direction, markup, links.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { openModulePage } from './module_page.mjs';

let env;
before(async () => {
  env = await openModulePage();
});
after(() => env.close());

/** Renders a text: `[url]` is a link with that text, `{U+202E}` a placeholder. Asserts the attributes of links. */
async function shown(text) {
  const { nodes, links } = await env.page.evaluate(async (written) => {
    const { renderText } = await import('/lib/safe_text.js');
    const fragment = renderText(written);
    const all = [...fragment.childNodes].map((node) => {
      if (node.nodeType === Node.TEXT_NODE) return node.data;
      return node.matches('span.unseen') && node.textContent === '\uFFFD' ? `{${node.title}}` : `[${node.textContent}]`;
    });
    const found = [...fragment.querySelectorAll('*')].filter((node) => !node.matches('span.unseen, bdi'));
    return { nodes: all, links: found.map(({ tagName, rel, target, dir, href }) => ({ tagName, rel, target, dir, href })) };
  }, text);
  for (const { tagName, rel, target, dir, href } of links) {
    assert.deepEqual([tagName, rel, target, dir], ['A', 'noopener noreferrer nofollow ugc', '_blank', 'ltr']);
    assert.match(href, /^https?:\/\//);
  }
  return { text: nodes.join(''), hrefs: links.map((link) => link.href) };
}

const tags = (letters) => [...letters].map((letter) => String.fromCodePoint(0xe0000 + letter.codePointAt(0))).join('');

/** Texts that are rendered unchanged. */
const AS_WRITTEN = [
  '',
  'Hello, Ana',
  'two\nlines\tand a tab',
  'from Windows\r\nwith both',
  '<b>bold</b> & <img src=x onerror=alert(1)>',
  '"quoted" \'text\' `code`',
  // Emoji sequences.
  '👨‍👩‍👧‍👦 👩🏽‍🚀 ❤️ ❤︎ 1️⃣ #️⃣ 🏳️‍🌈 🏴‍☠️ ☺️',
  `🏴${tags('gbsct')}\u{E007F} 🏴${tags('gbeng')}\u{E007F} 🏴${tags('gbwls')}\u{E007F}`,
  // Scripts with invisible characters: Persian, Malayalam, Bengali, Sinhala, Hindi, Khmer, Japanese, Mongolian, Arabic.
  'می‌خواهم',
  'നന്‍മ ക്‍',
  'র‍্যাব',
  'ක්‍රි',
  'क्‍ष',
  'ភាសា\u200Bខ្មែរ',
  '葛\u{E0100}飾区',
  'ᠠ\u180B',
  '\u0600123',
  'שלום مرحبا',
  // Not an http or https URL.
  'mailto:ana@example.org',
  'javascript:alert(1)',
  'JaVaScRiPt://%0aalert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:x',
  'file:///etc/passwd',
  'ftp://example.org',
  '//example.org',
  'www.example.org',
  'example.org',
  'xhttps://example.org',
  // An incomplete URL, or one whose target differs from its text.
  'https://',
  'http://.',
  'https:///example.org',
  'https:example.org',
  'https://[::1',
  'https://1.2.3.4.5/',
  'https://a:99999/',
  'https://user@example.org/',
  'https://bank.example:443@evil.example/',
  'https://user:pass@example.org',
  'https://a%40b@evil.example',
  'https://exa%00mple.org/',
  'https://bank.example／evil.example',
  'https://bank.example℀evil.example',
];

for (const text of AS_WRITTEN) {
  test(`as it was written: ${JSON.stringify(text)}`, async () => assert.deepEqual(await shown(text), { text, hrefs: [] }));
}

/** Invisible characters outside their legitimate contexts. */
const UNSEEN = [
  ...[0x00, 0x07, 0x08, 0x0b, 0x0c, 0x0d, 0x1b, 0x7f, 0x80, 0x85, 0x9b, 0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x180b, 0x180e],
  ...[0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2061, 0x2062, 0x2063],
  ...[0x2064, 0x2065, 0x2066, 0x2067, 0x2068, 0x2069, 0x206a, 0x206f, 0x2800, 0x3164, 0xd800, 0xdfff, 0xfe00, 0xfe0e, 0xfe0f, 0xfeff],
  ...[0xffa0, 0xfff9, 0xfffb, 0xfffc, 0x1bca0, 0x1d173, 0xe0001, 0xe0041, 0xe007f, 0xe0100, 0xe01ef],
];

for (const code of UNSEEN) {
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  test(`${name} is shown as a sign`, async () => {
    const text = `Ana${String.fromCodePoint(code)}Ben`;
    assert.equal((await shown(text)).text, `Ana{${name}}Ben`);
    const renderText = await env.page.evaluate(async (written) => {
      const { plainText, isolatedName } = await import('/lib/safe_text.js');
      const bdi = isolatedName(written);
      return [plainText(written), bdi.tagName, bdi.textContent, bdi.querySelector('span.unseen').title];
    }, text);
    assert.deepEqual(renderText, ['Ana\uFFFDBen', 'BDI', 'Ana\uFFFDBen', name]);
  });
}

/** Invisible characters that stay only in their contexts. */
const MISPLACED = [
  ['1\uFE0F2', '1{U+FE0F}2'],
  ['❤\uFE0F\uFE0F', '❤\uFE0F{U+FE0F}'],
  ['👩\u200D', '👩{U+200D}'],
  ['👩\u200Dx', '👩{U+200D}x'],
  ['x\u200D👩', 'x{U+200D}👩'],
  ['م\u200C', 'م{U+200C}'],
  ['م\u200C\u200Cم', 'م{U+200C}{U+200C}م'],
  ['م\u200Ca', 'م{U+200C}a'],
  ['م\u200Bم', 'م{U+200B}م'],
  ['ខ\u200B', 'ខ{U+200B}'],
  ['a\rb', 'a{U+000D}b'],
  ['字\uFE0F', '字{U+FE0F}'],
  ['字\uFE00\uFE01', '字\uFE00{U+FE01}'],
  ['\u202Egnp.exe\u202C', '{U+202E}gnp.exe{U+202C}'],
  [`🏴${tags('gbx')}\u{E007F}`, '🏴{U+E0067}{U+E0062}{U+E0078}{U+E007F}'],
  [`x${tags('gbsct')}\u{E007F}`, 'x{U+E0067}{U+E0062}{U+E0073}{U+E0063}{U+E0074}{U+E007F}'],
];

for (const [text, expected] of MISPLACED) {
  test(`what does not belong is shown: ${expected}`, async () => assert.equal((await shown(text)).text, expected));
}

/** A text, its rendering, and the targets of its links; by default their texts. */
const LINKED = [
  ['https://example.org', '[https://example.org]', 'https://example.org/'],
  ['see http://example.org/a?b=c#d now', 'see [http://example.org/a?b=c#d] now'],
  ['HTTPS://EXAMPLE.org/A', '[HTTPS://EXAMPLE.org/A]', 'https://example.org/A'],
  ['(https://example.org/a_(b)).', '([https://example.org/a_(b)]).', 'https://example.org/a_(b)'],
  ['[https://example.org/a]', '[[https://example.org/a]]', 'https://example.org/a'],
  ['https://example.org/a).)', '[https://example.org/a]).)', 'https://example.org/a'],
  ['https://a.test/b, https://c.test/d!?', '[https://a.test/b], [https://c.test/d]!?', 'https://a.test/b', 'https://c.test/d'],
  ['**https://example.org/a**', '**[https://example.org/a]**', 'https://example.org/a'],
  ['<https://a.test/b>"https://c.test/d"', '<[https://a.test/b]>"[https://c.test/d]"', 'https://a.test/b', 'https://c.test/d'],
  ['请看https://example.org/路径，谢谢', '请看[https://example.org/路径]，谢谢', 'https://example.org/%E8%B7%AF%E5%BE%84'],
  ['http://localhost:8080/l/x', '[http://localhost:8080/l/x]', 'http://localhost:8080/l/x'],
  ['http://[::1]:80/', '[http://[::1]:80/]', 'http://[::1]/'],
  ['https://example.org/@ana', '[https://example.org/@ana]', 'https://example.org/@ana'],
  ['https://bank.example\\@evil.example', '[https://bank.example\\@evil.example]', 'https://bank.example/@evil.example'],
  ['https://example.org/"onmouseover="alert(1)', '[https://example.org/]"onmouseover="alert(1)', 'https://example.org/'],
  ["https://example.org/'onerror='alert(1)", "[https://example.org/'onerror='alert(1)]", "https://example.org/'onerror='alert(1)"],
  ['javascript:https://example.org', 'javascript:[https://example.org]', 'https://example.org/'],
  ['https://bank.example\u202E/moc.live', '[https://bank.example]{U+202E}/moc.live', 'https://bank.example/'],
  ['https://bank.example\u200B.evil.example', '[https://bank.example]{U+200B}.evil.example', 'https://bank.example/'],
  // Hosts that are displayed as typed.
  ['https://münchen.de/ü', '[https://münchen.de/ü]', 'https://xn--mnchen-3ya.de/%C3%BC'],
  ['https://MÜNCHEN.de', '[https://MÜNCHEN.de]', 'https://xn--mnchen-3ya.de/'],
  ['https://xn--mnchen-3ya.de/', '[https://xn--mnchen-3ya.de/]', 'https://xn--mnchen-3ya.de/'],
  ['https://пример.рф:8443/а', '[https://пример.рф:8443/а]', 'https://xn--e1afmkfd.xn--p1ai:8443/%D0%B0'],
  ['https://例え.jp', '[https://例え.jp]', 'https://xn--r8jz45g.jp/'],
  ['https://일본abc.kr', '[https://일본abc.kr]', 'https://xn--abc-ct1nt43b.kr/'],
  ['https://مثال.مصر/א', '[https://مثال.مصر/א]', 'https://xn--mgbh0fb.xn--wgbh1c/%D7%90'],
  // Hosts that could be mistaken for others.
  ['https://аррӏе.com/a', '[https://xn--80ak6aa92e.com/a]', 'https://xn--80ak6aa92e.com/a'],
  ['https://gооgle.рф', '[https://xn--ggle-55da.xn--p1ai]', 'https://xn--ggle-55da.xn--p1ai/'],
  ['https://ex\u0430mple.org', '[https://xn--exmple-4nf.org]', 'https://xn--exmple-4nf.org/'],
  ['https://ελλάδα.gr', '[https://xn--hxakic4aa.gr]', 'https://xn--hxakic4aa.gr/'],
  ['https://bıng.com', '[https://xn--bng-jua.com]', 'https://xn--bng-jua.com/'],
  ['https://ɡoogle.com', '[https://xn--oogle-qmc.com]', 'https://xn--oogle-qmc.com/'],
  ['https://ｅｘａｍｐｌｅ.org', '[https://example.org]', 'https://example.org/'],
  ['https://ｶﾅ.jp', '[https://xn--lck2c.jp]', 'https://xn--lck2c.jp/'],
  ['https://ex%61mple.org', '[https://example.org]', 'https://example.org/'],
  ['http://0x7f.1/', '[http://127.0.0.1/]', 'http://127.0.0.1/'],
  ['https://bank.comノevil.example', '[https://bank.xn--comevil-v04f.example]', 'https://bank.xn--comevil-v04f.example/'],
  ['https://مث\u200Cال.مصر', '[https://xn--mgbh0fb0114a.xn--wgbh1c]', 'https://xn--mgbh0fb0114a.xn--wgbh1c/'],
];

for (const [text, expected, ...hrefs] of LINKED) {
  test(`an address: ${JSON.stringify(text)}`, async () => {
    const { text: found, hrefs: went } = await shown(text);
    assert.equal(found, expected);
    assert.deepEqual(went, hrefs.length > 0 ? hrefs : [/\[(.*)\]/.exec(expected)[1]]);
  });
}

test('the labels of a host stand in their order, whichever way their letters go', async () => {
  const lefts = await env.page.evaluate(async () => {
    const { renderText } = await import('/lib/safe_text.js');
    document.body.replaceChildren(renderText('https://אב.גד/הו.זח'));
    const link = document.querySelector('a');
    const labels = [...link.querySelectorAll('bdi')].map((label) => label.getBoundingClientRect().left);
    const range = document.createRange();
    range.selectNodeContents(link.lastChild);
    return [...labels, range.getBoundingClientRect().left];
  });
  assert.equal(lefts.length, 3);
  assert.deepEqual(
    lefts,
    lefts.toSorted((a, b) => a - b),
  );
});

test('a name is kept from turning the text around it, and is never a link', async () => {
  const html = await env.page.evaluate(async () => (await import('/lib/safe_text.js')).isolatedName('https://example.org <b>').outerHTML);
  assert.equal(html, '<bdi>https://example.org &lt;b&gt;</bdi>');
});

test('eight kilobytes of the worst are shown in a moment', async () => {
  const longest = await env.page.evaluate(async () => {
    const { renderText } = await import('/lib/safe_text.js');
    const parts = ['\u200B', 'https://a.b/(', ')', 'https://', '\u200D👩', 'م\u200C', 'https://a.b ', 'http', 'ノa.', '!'];
    return Math.max(
      ...parts
        .flatMap((part) => [part, `https://a${part}`])
        .map((part) => {
          const began = performance.now();
          renderText(`https://a.b/${part.repeat(8192 / part.length)}`);
          return performance.now() - began;
        }),
    );
  });
  assert.ok(longest < 500, `${longest} ms`);
});

test('what shows nothing is told from what shows something, as the server tells it', async () => {
  const shows = (text) =>
    env.page.evaluate(async (written) => {
      const { hasVisibleText } = await import('/lib/safe_text.js');
      return hasVisibleText(written);
    }, text);
  const nothing = [
    '',
    ' \n\t\r',
    '\u200B\u200D\u2060\uFEFF',
    '\u2800',
    '\u3164\uFFA0',
    '\u2028\u2029\u0085',
    '\u202E\u200F',
    '\u00AD\uFE0F',
    '\u{1D159}\uFFFC',
  ];
  for (const text of nothing) assert.equal(await shows(text), false, JSON.stringify(text));
  for (const text of ['.', ' \n.', '\u0301', '\u0600', '\u06DD', '\u200Fש', '👍', '\u0378', '\uE000']) {
    assert.equal(await shows(text), true, JSON.stringify(text));
  }
});
