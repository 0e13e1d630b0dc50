// A switch for push notifications of a member, a guest or an account, and what they should know of them.

import { callWithRetry } from './api.js';
import { el, fill } from './dom.js';
import { checkField } from './form.js';
import { problemMessage } from './layout.js';
import * as push from './push.js';
import { strings } from './push_strings.js';
import { strings as pageStrings } from './strings.js';

const t = strings;
const MESSAGES = { push_denied: t.denied, push_failed: t.failed };

/** What a problem says. */
export const messageOf = (problem) => MESSAGES[problem.code] ?? problem.userMessage ?? pageStrings.problems.unknown;

/** Why there are no notifications: a reason of `unsupported`, or null. */
async function reasonAgainst() {
  const { push: sends } = await callWithRetry('GET', '/v1/instance');
  return sends ? push.obstacle() : 'server';
}

class PushSwitch {
  #holder;
  #options;
  #busy = false;
  #fault = problemMessage();
  #status = el('p', { class: 'hint check-hint', role: 'status' });
  #box;
  #words;
  element = el('div', { class: 'stack push' });

  constructor(holder, options) {
    this.#holder = holder;
    this.#options = options;
    this.load();
  }

  /** Shows the switch as it is, or why there is none. */
  async load() {
    try {
      const reason = await reasonAgainst();
      if (reason) return fill(this.element, el('p', { class: 'hint' }, t.unsupported[reason]));
      if (this.#holder.kept()) await push.subscriptions(this.#holder);
      this.#build();
    } catch (problem) {
      this.#fault.show(messageOf(problem));
      fill(this.element, this.#fault);
    }
  }

  #build() {
    const { label, hint, hasText = true } = this.#options;
    const main = checkField(label, 'push', { hint });
    const words = checkField(t.text, 'push_text', { hint: t.textHint });
    [this.#box, this.#words] = [main, words].map((field) => field.querySelector('input'));
    this.#box.addEventListener('change', () => this.#change(() => (this.#box.checked ? this.#on(false) : push.switchOff(this.#holder))));
    this.#words.addEventListener('change', () => this.#change(() => this.#on(this.#words.checked)));
    this.#render = () => {
      const kept = Notification.permission === 'granted' ? this.#holder.kept() : null;
      this.#box.checked = kept !== null;
      this.#words.checked = kept?.text ?? false;
      words.hidden = !kept || !hasText;
    };
    this.#render();
    fill(this.element, main, this.#status, words, this.#fault);
  }

  #render = () => null;

  #on(text) {
    return push.switchOn(this.#holder, text);
  }

  #setBusy(is) {
    this.#busy = is;
    this.#status.textContent = is ? t.busy : '';
  }

  /** Does what was switched; a second press meanwhile changes nothing. */
  async #change(action) {
    if (this.#busy) return this.#render();
    this.#setBusy(true);
    this.#fault.show('');
    await action().catch((problem) => this.#fault.show(messageOf(problem)));
    this.#setBusy(false);
    this.#render();
    this.#options.onChange?.();
  }
}

/**
 * A switch for a holder of `push.js`, with a label and a hint. `hasText: false` leaves out the choice to show the words
 * of messages; `onChange` is called after each change.
 */
export function pushSwitch(holder, options) {
  const made = new PushSwitch(holder, options);
  made.element.update = () => made.load();
  return made.element;
}
