// The markup of messages: the server's subset becomes elements, everything else is refused as a whole.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { openModulePage } from './module_page.mjs';

let env;
before(async () => {
  env = await openModulePage();
});
after(() => env.close());

const REL = 'rel="nofollow noopener noreferrer ugc"';

/** The markup of what the page builds from `html`, with links in the short form `[href|content]`; null if it is refused. */
async function built(html) {
  const made = await env.page.evaluate(async (markup) => {
    const { renderHtml } = await import('/lib/message_html.js');
    const fragment = renderHtml(markup);
    if (!fragment) return null;
    const place = document.createElement('div');
    place.append(fragment);
    return place.innerHTML;
  }, html);
  if (made === null) return null;
  const links = /<a href="([^"]*)" target="_blank" rel="noopener noreferrer nofollow ugc"(?: dir="ltr")?>(.*?)<\/a>/g;
  const short = made.replaceAll(links, '[$1|$2]').replaceAll(/<span class="target" dir="ltr">(.*?)<\/span>/g, '($1)');
  assert.ok(!/<a |\starget=|\srel=/.test(short), short);
  return short;
}

const AS_SENT = [
  '',
  'plain',
  '<p>a <strong>b</strong> <em>c</em> <del>d</del> <code>e &lt;f&gt; &amp; &quot;</code></p>'.replace('&quot;', '"'),
  '<p><em>a<br>b</em></p><p>c</p>',
  '<pre><code>  a\n  b\n</code></pre>',
  '<blockquote><blockquote><p>a</p></blockquote></blockquote>',
  '<ul><li>a<ul><li>b</li></ul></li><li><p>c</p></li></ul>',
  '<ol start="7"><li>a</li></ol>',
];

for (const html of AS_SENT) {
  test(`${html || 'nothing'} is built as it was sent`, async () => assert.equal(await built(html), html));
}

const LINKS = [
  [`<a href="https://b.c/?d&amp;e" ${REL}>a</a>`, '[https://b.c/?d&amp;e|a (b.c)]'],
  [`<a href="https://b.c/d" ${REL}>https://b.c/d</a>`, '[https://b.c/d|https://b.c/d]'],
  [`<a href="https://b.c" ${REL}>b.c</a>`, '[https://b.c/|b.c]'],
  [`<a href="https://c.d" ${REL}>https://a.b</a>`, '[https://c.d/|https://a.b (c.d)]'],
  [`<a href="https://good.test@c.d" ${REL}>https://good.test@c.d</a>`, '[https://good.test@c.d/|https://good.test@c.d (c.d)]'],
  [`<a href="mailto:b@c.d?subject=e" ${REL}><em>a</em></a>`, '[mailto:b@c.d?subject=e|<em>a</em> (b@c.d)]'],
  [`<a href="mailto:b@c.d" ${REL}>b@c.d</a>`, '[mailto:b@c.d|b@c.d]'],
  [`<a href="http://аррӏе.com/" ${REL}>http://аррӏе.com/</a>`, '[http://xn--80ak6aa92e.com/|http://xn--80ak6aa92e.com/]'],
  [`<a href="http://аррӏе.com/" ${REL}>apple</a>`, '[http://xn--80ak6aa92e.com/|apple (xn--80ak6aa92e.com)]'],
];

for (const [html, wanted] of LINKS) {
  test(`${html} is a link that says where it leads`, async () => assert.equal(await built(html), wanted));
}

const WITHOUT_TARGET = ['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', '//b.c', '/c', 'blob:https://b.c/d', 'file:///etc', ''];

for (const href of WITHOUT_TARGET) {
  test(`a link to ${href || 'nothing'} is its text`, async () =>
    assert.equal(await built(`<p><a href="${href}" ${REL}>a</a></p>`), '<p>a</p>'));
}

const REFUSED = [
  '<script>alert(1)</script>',
  '<img src="https://evil.test/x">',
  '<svg onload="alert(1)"></svg>',
  '<p onclick="alert(1)">a</p>',
  '<p style="color:red">a</p>',
  '<p class="menu">a</p>',
  '<p id="held">a</p>',
  `<a href="https://a.b" ${REL} target="_top">a</a>`,
  `<a href="https://a.b" ${REL}><a href="https://c.d" ${REL}>a</a></a>`,
  '<ol start="1" type="a"><li>a</li></ol>',
  '<ol onclick="alert(1)"><li>a</li></ol>',
  '<P>a</P>',
  '<p>a',
  '<p>a</em>',
  'a</p>',
  '<p',
  '<!-- a -->',
  '<![CDATA[a]]>',
  '<?xml?>',
  'a &lt b',
  '&nbsp;',
  '&#60;script&#62;',
  '<p>a > b</p>',
  '<iframe></iframe>',
  '<style>*{}</style>',
  '<math><mi>a</mi></math>',
  '<p\tonclick="alert(1)">a</p>',
  "<p onclick='alert(1)'>a</p>",
  '<h1>a</h1>',
];

for (const html of REFUSED) test(`${html} is refused`, async () => assert.equal(await built(html), null));

test('what is invisible is shown, and what is deep is refused', async () => {
  const unseen = '<span class="unseen" title="U+202E">\uFFFD</span>';
  assert.equal(await built('<p>a\u202Eb</p>'), `<p>a${unseen}b</p>`);
  const nested = (depth) => `${'<blockquote>'.repeat(depth)}a${'</blockquote>'.repeat(depth)}`;
  assert.equal(await built(nested(40)), nested(40));
  assert.equal(await built(nested(41)), null);
  assert.equal(await built(`<ol start="99999999999"><li>a</li></ol>`), '<ol><li>a</li></ol>');
});
