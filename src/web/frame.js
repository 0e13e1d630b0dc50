// What the start page and a link's page have around them.

import { base } from './base.js';
import { button, el, icon } from './dom.js';
import { words } from './words.js';

/** Shows these as the whole page. */
export function frame(...parts) {
  document.body.replaceChildren(...parts);
}

/** The name of the house, over the page. */
export function brand(heading = 'p') {
  return el('header', { class: 'brand' }, el(heading, {}, el('a', { href: `${base}/` }, icon('door'), words.parlor)));
}

/** What stands below the page. */
export function footer() {
  const links = [
    [`${base}/docs/`, words.start.api],
    [`${base}/security`, words.start.security],
  ];
  return el(
    'footer',
    { class: 'footer' },
    el('p', {}, words.start.trust),
    el(
      'nav',
      {},
      links.map(([href, text]) => el('a', { href }, text)),
    ),
  );
}

/** A place that says that the server has too much to do, while it is tried again, and lets people stop that. */
export function busyLine() {
  let stopping = null;
  const stop = button(words.busy.stop, { class: 'quiet small', act: () => stopping?.abort() });
  const line = el('p', { class: 'busy', role: 'status', hidden: true }, el('span', {}, words.busy.waiting), stop);
  /** Does something with options for `whenFree`. */
  line.during = async (act) => {
    stopping = new AbortController();
    try {
      return await act({ signal: stopping.signal, onBusy: () => (line.hidden = false) });
    } finally {
      line.hidden = true;
    }
  };
  return line;
}

/** A place for what went wrong, which is read out when it is said. */
export function problemText() {
  const place = el('p', { class: 'problem', role: 'alert', hidden: true });
  place.say = (text) => {
    place.hidden = text === '';
    place.textContent = text;
  };
  return place;
}
