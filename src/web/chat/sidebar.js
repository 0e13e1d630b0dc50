// The sidebar: shows members, links or settings, or is closed.

import { button, el, fill } from '../lib/dom.js';
import { strings } from '../lib/strings.js';

/** At these widths the sidebar is beside the conversation, else it covers it: from 56.25rem on there is a list of chats too. */
const WIDE = matchMedia('(50rem <= width < 56.25rem), (width >= 72rem)');

export class Sidebar {
  #views;
  #open = null;
  #opener = null;
  #title = el('h2', { tabindex: '-1' });
  #body = el('div', { class: 'sidebar-body' });

  /**
   * `views` holds `{title, load}` by name; `load()` is a promise of `{element, shown()}`; `shown` may be missing. It stops following
   * the width of the window when `signal` is aborted.
   */
  constructor(views, signal) {
    this.#views = views;
    const close = button('', {
      icon: 'close',
      class: 'quiet',
      'aria-label': strings.close,
      title: strings.close,
      onClick: () => this.close(),
    });
    this.element = el('aside', { class: 'sidebar', hidden: true }, el('div', { class: 'sidebar-head' }, this.#title, close), this.#body);
    this.element.addEventListener('keydown', (event) => event.key === 'Escape' && this.close());
    WIDE.addEventListener('change', () => this.#render(), { signal });
  }

  /** A button that opens and closes a view. */
  toggle(name, content, props) {
    const { title } = this.#views[name];
    const onClick = () => (this.#open === name ? this.close() : this.open(name, toggle));
    const toggle = el(
      'button',
      { type: 'button', 'aria-expanded': 'false', title, 'data-view': name, on: { click: onClick }, ...props },
      content,
    );
    return toggle;
  }

  async open(name, opener = document.querySelector(`[data-view="${name}"]`)) {
    this.#open = name;
    this.#opener = opener;
    this.#title.textContent = this.#views[name].title;
    this.element.setAttribute('aria-label', this.#views[name].title);
    fill(this.#body);
    this.#render();
    this.#title.focus();
    const view = await this.#views[name]
      .load()
      .catch(() => ({ element: el('p', { class: 'problem', role: 'alert' }, strings.problems.offline) }));
    if (this.#open !== name) return;
    fill(this.#body, view.element);
    view.shown?.();
  }

  close() {
    if (!this.#open) return;
    this.#open = null;
    this.#render();
    this.#opener?.focus();
  }

  #render() {
    this.element.hidden = this.#open === null;
    const conversation = document.querySelector('.conversation');
    if (conversation) conversation.inert = this.#open !== null && !WIDE.matches;
    document.body.classList.toggle('with-sidebar', this.#open !== null);
    for (const toggle of document.querySelectorAll('[data-view]'))
      toggle.setAttribute('aria-expanded', String(toggle.dataset.view === this.#open));
  }
}
