// What the pages of accounts share: a card, what the server offers, the page to go on to.

import { base } from './base.js';
import { callWithRetry } from './api.js';
import { button, el } from './dom.js';
import { brand, footer, showPage } from './layout.js';
import { strings } from './account_strings.js';
import { strings as pageStrings } from './strings.js';

/** Shows a card with a heading, and moves the focus to it unless another element has it. */
export function showCard(title, ...content) {
  const heading = el('h1', { tabindex: '-1' }, title);
  document.title = title;
  showPage(brand(), el('main', { class: 'page' }, el('div', { class: 'card stack' }, heading, ...content)), footer());
  heading.focus({ preventScroll: true });
}

export const paragraph = (text, props = {}) => el('p', props, text);

/** A link that looks like a button. */
export const mainLink = (path, text) => el('p', {}, el('a', { class: 'primary', href: `${base}${path}` }, text));

/** A row of quiet links, `[path, text]` each. */
export const quietLinks = (...links) =>
  el(
    'p',
    { class: 'quiet-links' },
    links.filter(Boolean).map(([path, text]) => el('a', { href: `${base}${path}` }, text)),
  );

/** Reads what the server offers: `{registration, mail, push}`. */
export const readOffers = (title) =>
  callWithRetry('GET', '/v1/instance', { onRetry: () => showCard(title, paragraph(strings.notHere, { role: 'status' })) });

/** The path, without the base, of the page that the fragment names: only pages of chats, links and the account. */
export const nextPath = () => /^#(\/(?:[cl]\/[\w-]+|account)?)$/.exec(location.hash)?.[1] ?? '/';

/** Goes on to that page. */
export const goOn = () => location.replace(base + nextPath());

/** Starts a page; what fails can be tried again. */
export async function startPage(title, start) {
  try {
    await start();
  } catch (problem) {
    const again = button(pageStrings.chat.retry, { class: 'plain', onClick: () => startPage(title, start) });
    showCard(title, paragraph(problem.userMessage ?? String(problem), { role: 'alert' }), el('p', {}, again));
  }
}
