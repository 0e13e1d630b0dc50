// The side of the page: people, links, the chat itself; one of them, or none.

import { button, el, fill } from '../dom.js';
import { words } from '../words.js';

/** From this width on the side stands beside the conversation, else over it. */
const WIDE = matchMedia('(min-width: 50rem)');

export class Panel {
  #views;
  #open = null;
  #opener = null;
  #title = el('h2', { tabindex: '-1' });
  #body = el('div', { class: 'panel-body' });

  /** `views`: by name, `{title, element}`. */
  constructor(views) {
    this.#views = views;
    const close = button('', { icon: 'close', class: 'quiet', 'aria-label': words.close, title: words.close, act: () => this.close() });
    this.element = el('aside', { class: 'panel', hidden: true }, el('div', { class: 'panel-head' }, this.#title, close), this.#body);
    this.element.addEventListener('keydown', (event) => event.key === 'Escape' && this.close());
    WIDE.addEventListener('change', () => this.#shows());
  }

  /** The button that opens and closes a view. */
  toggle(name, content, props) {
    const { title } = this.#views[name];
    const act = () => (this.#open === name ? this.close() : this.open(name, toggle));
    const toggle = el(
      'button',
      { type: 'button', 'aria-expanded': 'false', title, 'data-view': name, on: { click: act }, ...props },
      content,
    );
    return toggle;
  }

  open(name, opener = document.querySelector(`[data-view="${name}"]`)) {
    this.#open = name;
    this.#opener = opener;
    this.#title.textContent = this.#views[name].title;
    this.element.setAttribute('aria-label', this.#views[name].title);
    fill(this.#body, this.#views[name].element);
    this.#shows();
    this.#title.focus();
  }

  close() {
    if (!this.#open) return;
    this.#open = null;
    this.#shows();
    this.#opener?.focus();
  }

  #shows() {
    this.element.hidden = this.#open === null;
    const talk = document.querySelector('.talk');
    if (talk) talk.inert = this.#open !== null && !WIDE.matches;
    document.body.classList.toggle('with-panel', this.#open !== null);
    for (const toggle of document.querySelectorAll('[data-view]'))
      toggle.setAttribute('aria-expanded', String(toggle.dataset.view === this.#open));
  }
}
