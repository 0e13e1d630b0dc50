// The controls of all messages: menus, quotes that lead to what they quote, reactions; one tab stop for all of them.

import { el, lazy } from '../lib/dom.js';
import { RovingFocus } from '../lib/roving_focus.js';
import { fillQuote } from './quotes.js';

export class MessageControls {
  #model;
  #container;
  #jumpTo;
  #focus;
  /** Where it is said how an action went. */
  element = el('div', { class: 'notices' });
  /** Loads the menu. */
  loadMenu = lazy(async () => {
    const { MessageMenu } = await import('./message_menu.js');
    const menu = new MessageMenu(this.#model);
    this.element.append(menu.element);
    return menu;
  });

  /** `container` holds the messages; `jumpTo(seq)` shows one. */
  constructor(model, container, jumpTo) {
    this.#model = model;
    this.#container = container;
    this.#jumpTo = jumpTo;
    this.#focus = new RovingFocus(container, { group: '.message', control: '.message-more, .quote, .reaction' });
    container.addEventListener('click', ({ target }) => this.#onClick(target.closest('button')));
  }

  /** Follows added messages: the last one is the tab stop. */
  update() {
    this.#focus.update();
  }

  /** Moves the focus, and an open menu, from the former element of a message to the one that replaces it. */
  replace(old, fresh) {
    const { activeElement } = document;
    const more = old.querySelector('.message-more');
    const place = fresh.querySelector('.message-more');
    const hadFocus = old.contains(activeElement);
    if (more && place) place.replaceWith(more);
    else if (more?.ariaExpanded === 'true') this.#withMenu((menu) => menu.close());
    if (!hadFocus) return;
    const { emoji } = activeElement.dataset;
    const same = emoji && [...fresh.querySelectorAll('.reaction')].find(({ dataset }) => dataset.emoji === emoji);
    const next = same || fresh.querySelector(activeElement.matches('.quote') ? '.quote' : '.message-more') || this.#container.parentElement;
    next.focus({ preventScroll: true });
  }

  /** Shows a quoted message as it is now, wherever it is quoted. */
  updateQuotes(seq) {
    const entry = this.#model.quotes.find(seq);
    for (const quote of this.#container.querySelectorAll(`[data-quote="${seq}"]`)) fillQuote(quote, entry);
  }

  #onClick(button) {
    if (!button) return;
    const { seq } = button.closest('.message').dataset;
    const entry = this.#model.log.find(Number(seq));
    if (button.matches('.quote')) return void this.#jumpTo(Number(button.dataset.quote));
    this.#withMenu((menu) => {
      if (button.matches('.message-more')) menu.toggle(button, entry);
      else menu.react(entry, button.dataset.emoji, button.ariaPressed === 'false');
    });
  }

  /** Runs an action with the menu; without a connection it may not be there. */
  #withMenu(action) {
    return this.loadMenu().then(action, () => null);
  }
}
