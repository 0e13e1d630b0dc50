// The sessions of the account: where it is signed in.

import { now } from '../lib/api.js';
import { confirmDialog } from '../lib/confirm_dialog.js';
import { button, el, renderList } from '../lib/dom.js';
import { problemMessage } from '../lib/layout.js';
import { isolatedName, plainText } from '../lib/safe_text.js';
import { span } from '../lib/time.js';
import { strings } from '../lib/account_strings.js';
import { row, rowButton, section } from './section.js';

const t = strings.sessions;
/** Times of use are rounded to the minute. */
const JUST_NOW = 2 * 60_000;

class Sessions {
  #model;
  #list = el('ul', { class: 'items' });
  #fault = problemMessage();
  #others = button(t.endOthers, { class: 'plain', hidden: true, onClick: () => this.#endOthers() });

  constructor(model) {
    this.#model = model;
    this.element = section(t.title, this.#list, this.#fault, el('div', { class: 'buttons' }, this.#others));
    model.on('sessions', () => this.#load());
    this.#load();
  }

  async #load() {
    const { items } = await this.#model.read('/v1/sessions').catch(() => ({ items: [] }));
    this.#others.hidden = items.length < 2;
    renderList(
      this.#list,
      items.map((session) => [`${session.session_id} ${session.last_used_at}`, () => this.#row(session)]),
    );
    this.element.focusHeading();
  }

  #row({ session_id: id, device, last_used_at: at, current }) {
    const used = now() - Date.parse(at);
    const about = [current && t.here, used < JUST_NOW ? t.usedNow : t.used(span(used))].filter(Boolean).join(' · ');
    const name = device ?? t.unknown;
    const end = !current && rowButton(t.end, t.endName(plainText(name)), () => this.#attempt(`/v1/sessions/${id}`));
    return row(el('strong', {}, isolatedName(name)), about, end || null);
  }

  async #endOthers() {
    if (await confirmDialog(t.endOthersSure, t.endOthersText, [[true, t.endOthers]])) await this.#attempt('/v1/sessions?except=current');
  }

  async #attempt(path) {
    this.#fault.show('');
    await this.#model.call('DELETE', path).catch((problem) => this.#fault.show(problem.userMessage ?? String(problem)));
    await this.#load();
  }
}

export const sessionsSection = (model) => new Sessions(model).element;
