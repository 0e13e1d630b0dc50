// The card of one who waits at the door.

import { button, el, fill, icon } from '../dom.js';
import { now } from '../api.js';
import { named, plain, said } from '../text.js';
import { span } from '../time.js';
import { words } from '../words.js';
import { problemText } from '../frame.js';

const w = words.knocks;
/** Who has knocked longer ago than this when it is shown came while the owner was away. */
const NEWS = 15_000;

export class Card {
  #room;
  #knock;
  #fault = problemText();
  #when = el('span', { class: 'when' });
  #reason = null;
  #away = false;

  constructor(knock, room) {
    this.#knock = knock;
    this.#room = room;
    this.#away = now() - Date.parse(knock.created_at) > NEWS;
    this.element = el('li', { class: 'knock', 'data-knock': knock.knock_id }, this.#facts(), this.#buttons(), this.#fault);
    this.ages();
  }

  ages() {
    const waited = now() - Date.parse(this.#knock.created_at);
    fill(this.#when, waited < NEWS ? w.justNow : w.came(span(waited)), this.#away && `, ${w.away}`);
  }

  #facts() {
    const { name, note, code, label, name_taken: taken } = this.#knock;
    const about = el('p', { class: 'knock-about' }, this.#when, label ? el('span', {}, ' · ', w.by(named(label))) : null);
    const quote = note && el('blockquote', { dir: 'auto' });
    if (quote) quote.append(said(note));
    return el(
      'div',
      { class: 'knock-facts' },
      el('p', { class: 'knock-name' }, icon('door'), el('strong', {}, named(name))),
      quote || null,
      el('p', { class: 'knock-code' }, `${w.code} `, el('strong', {}, code)),
      taken ? el('p', { class: 'warning' }, icon('warning'), el('span', {}, w.taken(named(name)))) : null,
      about,
    );
  }

  #buttons() {
    const name = plain(this.#knock.name);
    const admit = button(w.admit, {
      class: 'primary',
      icon: 'check',
      'aria-label': w.admitName(name),
      'aria-keyshortcuts': w.admitKey,
      title: w.admitKey,
      act: (event) => once(event) && this.admit(),
    });
    const decline = button(w.decline, {
      class: 'plain',
      'aria-label': w.declineName(name),
      'aria-keyshortcuts': w.declineKey,
      title: w.declineKey,
      act: (event) => once(event) && this.decline(),
    });
    const why = button('', {
      class: 'quiet',
      icon: 'more',
      'aria-label': w.reasonName(name),
      title: w.declineWith,
      act: () => this.#asksReason(),
    });
    return el('div', { class: 'knock-buttons' }, admit, decline, why);
  }

  #asksReason() {
    if (this.#reason) return void this.#reason.querySelector('input').focus();
    const input = el('input', { maxlength: 280, 'aria-label': w.reason, placeholder: w.reason });
    this.#reason = el('form', { class: 'knock-reason' }, input, el('button', { type: 'submit', class: 'plain' }, w.decline));
    this.#reason.addEventListener('submit', (event) => (event.preventDefault(), this.decline(input.value.trim())));
    this.element.append(this.#reason);
    input.focus();
  }

  admit() {
    return this.#decides({ approve: true });
  }

  decline(reason = '') {
    return this.#decides({ approve: false, reason });
  }

  async #decides(decision) {
    if (this.element.ariaBusy === 'true') return;
    this.element.ariaBusy = 'true';
    this.#fault.say('');
    try {
      await this.#room.door.decide([this.#knock], decision);
    } catch (problem) {
      this.element.ariaBusy = 'false';
      if (problem.code === 'already_decided' || problem.gone) this.#room.door.read();
      this.#fault.say(problem.code === 'link_used_up' ? w.usedUp : (problem.sentence ?? String(problem)));
    }
  }
}

/** The second click of a double click was meant for the card that the first one took away. */
const once = ({ detail }) => detail < 2;
