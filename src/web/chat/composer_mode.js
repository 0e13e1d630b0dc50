// What the composer does instead of writing a new message: it answers one, or edits one.

import { button, el, fill, icon } from '../lib/dom.js';
import { problemMessage } from '../lib/layout.js';
import { strings } from '../lib/message_strings.js';
import { isolatedName } from '../lib/safe_text.js';
import { displayName } from './member_view.js';
import { excerptOf } from './message_content.js';

const t = strings;
const ICONS = { reply: 'reply', edit: 'pencil' };

export class ComposerMode {
  /** `reply`, `edit`, or null for a new message. */
  kind = null;
  /** The entry that is answered or edited. */
  entry = null;
  #about = el('p', { class: 'item-main' });
  #fault = problemMessage();
  #icon = el('span', {});
  #cancel;
  element;

  /** `onCancel` is called when the reader changes their mind. */
  constructor(onCancel) {
    this.#cancel = button('', { icon: 'close', class: 'quiet small', onClick: onCancel });
    this.element = el('div', { class: 'mode', hidden: true }, this.#icon, this.#about, this.#cancel, this.#fault);
  }

  /** Begins to answer or to edit an entry, and says so above the field. */
  start(kind, entry) {
    Object.assign(this, { kind, entry });
    const title = kind === 'reply' ? t.reply.to(isolatedName(displayName(entry.member))) : t.edit.title;
    fill(this.#icon, icon(ICONS[kind]));
    fill(this.#about, el('strong', {}, title), el('span', { class: 'about', dir: 'auto' }, excerptOf(entry.message).slice(0, 200)));
    this.#cancel.setAttribute('aria-label', t[kind].cancel);
    this.#fault.show('');
    this.element.hidden = false;
  }

  /** Goes back to a new message. */
  end() {
    Object.assign(this, { kind: null, entry: null });
    this.element.hidden = true;
    fill(this.#about);
  }

  /** Runs an action and shows its problem; returns true on success. */
  async attempt(action) {
    this.#fault.show('');
    try {
      await action();
      return true;
    } catch (problem) {
      this.#fault.show(problem.userMessage ?? String(problem));
      return false;
    }
  }
}
