// The card of one knock.

import { button, el, fill, icon } from '../lib/dom.js';
import { now } from '../lib/api.js';
import { handle, isolatedName, plainText, renderText } from '../lib/safe_text.js';
import { strings as sessionStrings } from '../lib/session_strings.js';
import { span } from '../lib/time.js';
import { strings } from '../lib/strings.js';
import { problemMessage } from '../lib/layout.js';

const t = strings.knocks;
/** A knock older than this when it is shown arrived while the owner was away. */
const JUST_NOW = 15_000;

export class KnockCard {
  #model;
  #knock;
  #fault = problemMessage();
  #when = el('span', { class: 'when' });
  #reason = null;
  #away = false;

  constructor(knock, model) {
    this.#knock = knock;
    this.#model = model;
    this.#away = now() - Date.parse(knock.created_at) > JUST_NOW;
    this.element = el('li', { class: 'knock', 'data-knock': knock.knock_id }, this.#facts(), this.#buttons(), this.#fault);
    this.updateAge();
  }

  updateAge() {
    const waited = now() - Date.parse(this.#knock.created_at);
    fill(this.#when, waited < JUST_NOW ? t.justNow : t.came(span(waited)), this.#away && `, ${t.away}`);
  }

  #facts() {
    const { name, username, note, code, label, name_taken: taken } = this.#knock;
    const account = username ? handle(username) : this.#model.me?.username && el('span', { class: 'handle' }, sessionStrings.noAccount);
    const about = el('p', { class: 'knock-about' }, this.#when, label ? el('span', {}, ' · ', t.by(isolatedName(label))) : null);
    const quote = note && el('blockquote', { dir: 'auto' });
    if (quote) quote.append(renderText(note));
    return el(
      'div',
      { class: 'knock-facts' },
      el('p', { class: 'knock-name' }, icon('door'), el('strong', {}, isolatedName(name)), account),
      quote || null,
      el('p', { class: 'knock-code' }, `${t.code} `, el('strong', {}, code)),
      taken ? el('p', { class: 'warning' }, icon('warning'), el('span', {}, t.taken(isolatedName(name)))) : null,
      about,
    );
  }

  #buttons() {
    const name = plainText(this.#knock.name);
    const admit = button(t.admit, {
      class: 'primary',
      icon: 'check',
      'aria-label': t.admitName(name),
      'aria-keyshortcuts': t.admitKey,
      title: t.admitKey,
      onClick: (event) => isSingleClick(event) && this.admit(),
    });
    const decline = button(t.decline, {
      class: 'plain',
      'aria-label': t.declineName(name),
      'aria-keyshortcuts': t.declineKey,
      title: t.declineKey,
      onClick: (event) => isSingleClick(event) && this.decline(),
    });
    const why = button('', {
      class: 'quiet',
      icon: 'more',
      'aria-label': t.reasonName(name),
      title: t.declineWith,
      onClick: () => this.#askReason(),
    });
    return el('div', { class: 'knock-buttons' }, admit, decline, why);
  }

  #askReason() {
    if (this.#reason) return void this.#reason.querySelector('input').focus();
    const input = el('input', { maxlength: 280, 'aria-label': t.reason, placeholder: t.reason });
    this.#reason = el('form', { class: 'knock-reason' }, input, el('button', { type: 'submit', class: 'plain' }, t.decline));
    this.#reason.addEventListener('submit', (event) => (event.preventDefault(), this.decline(input.value.trim())));
    this.element.append(this.#reason);
    input.focus();
  }

  admit() {
    return this.#decide({ approve: true });
  }

  decline(reason = '') {
    return this.#decide({ approve: false, reason });
  }

  async #decide(decision) {
    if (this.element.ariaBusy === 'true') return;
    this.element.ariaBusy = 'true';
    this.#fault.show('');
    try {
      await this.#model.door.decide([this.#knock], decision);
    } catch (problem) {
      this.element.ariaBusy = 'false';
      if (problem.code === 'already_decided' || problem.isGone) this.#model.door.read();
      this.#fault.show(problem.code === 'link_used_up' ? t.usedUp : (problem.userMessage ?? String(problem)));
    }
  }
}

/** Ignores the second click of a double click, which hits the card that moved up. */
const isSingleClick = ({ detail }) => detail < 2;
