// A line over a part of the page that says how an action went, until it is closed.

import { button, el, fill } from './dom.js';
import { problemMessage } from './layout.js';
import { strings } from './strings.js';

export class Notice {
  #fault = problemMessage();
  #done = el('p', { role: 'status' });
  #close = button('', { icon: 'close', class: 'quiet small', 'aria-label': strings.close, hidden: true, onClick: () => this.clear() });
  element = el('div', { class: 'notice' }, this.#fault, this.#done, this.#close);

  /** Removes what is said. */
  clear() {
    this.#fault.show('');
    fill(this.#done);
    this.#close.hidden = true;
  }

  /** Says that something is done. */
  show(...text) {
    this.clear();
    fill(this.#done, ...text);
    this.#close.hidden = text.length === 0;
  }

  /** Runs an action and shows its problem; returns true on success. */
  async attempt(action) {
    this.clear();
    try {
      await action();
      return true;
    } catch (problem) {
      this.#fault.show(problem.userMessage ?? strings.problems.offline);
      this.#close.hidden = false;
      return false;
    }
  }
}
