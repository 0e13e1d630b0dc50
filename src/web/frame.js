// What the start page and a link's page have around them.

import { el, icon } from './dom.js';
import { words } from './words.js';

/** Shows these as the whole page. */
export function frame(...parts) {
  document.body.replaceChildren(...parts);
}

/** The name of the house, over the page. */
export function brand(heading = 'p') {
  return el('header', { class: 'brand' }, el(heading, {}, el('a', { href: '/' }, icon('door'), words.parlor)));
}

/** What stands below the page. */
export function footer() {
  const links = [
    ['/docs/', words.start.api],
    ['/security', words.start.security],
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

/** A place for what went wrong, which is read out when it is said. */
export function problemText() {
  const place = el('p', { class: 'problem', role: 'alert', hidden: true });
  place.say = (text) => {
    place.hidden = text === '';
    place.textContent = text;
  };
  return place;
}
