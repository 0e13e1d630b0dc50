// Parts that pages share: brand, footer, overload notice, error message.

import { base } from './base.js';
import { button, el, icon } from './dom.js';
import { strings } from './strings.js';

/** Replaces the content of the page, but for the list of chats beside it. */
export function showPage(...parts) {
  for (const child of [...document.body.children]) if (!child.matches('.chats.side')) child.remove();
  document.body.append(...parts);
}

/** The brand at the top of a page, with more at its end. */
export function brand(heading = 'p', ...more) {
  return el('header', { class: 'brand' }, el(heading, {}, el('a', { href: `${base}/` }, icon('door'), strings.parlor)), more);
}

/** The footer. */
export function footer() {
  const links = [
    [`${base}/docs/`, strings.start.api],
    [`${base}/security`, strings.start.security],
  ];
  return el(
    'footer',
    { class: 'footer' },
    el('p', {}, strings.start.trust),
    el(
      'nav',
      {},
      links.map(([href, text]) => el('a', { href }, text)),
    ),
  );
}

/** A live region that reports an overloaded server during retries, with a button that stops them. */
export function busyStatus() {
  let controller = null;
  const stop = button(strings.busy.stop, { class: 'quiet small', onClick: () => controller?.abort() });
  const line = el('p', { class: 'busy', role: 'status', hidden: true }, el('span', {}, strings.busy.waiting), stop);
  /** Runs an action with options for `callWhenFree`. */
  line.run = async (action) => {
    controller = new AbortController();
    try {
      return await action({ signal: controller.signal, onBusy: () => (line.hidden = false) });
    } finally {
      line.hidden = true;
    }
  };
  return line;
}

/** A live region for an error message. */
export function problemMessage() {
  const place = el('p', { class: 'problem', role: 'alert', hidden: true });
  place.show = (text) => {
    place.hidden = text === '';
    place.textContent = text;
  };
  return place;
}
