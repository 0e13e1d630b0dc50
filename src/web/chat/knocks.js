// Who is at the door, for the owner: each one a card, let in or declined by one key or tap.

import { confirm } from '../confirm.js';
import { button, el, fill, icon } from '../dom.js';
import { now } from '../api.js';
import { named, plain, said } from '../text.js';
import { span } from '../time.js';
import { words } from '../words.js';
import { problemText } from '../frame.js';

const w = words.knocks;
/** So many are shown at one time; the rest is counted. */
const SHOWN = 20;
/** Milliseconds between two things that are said. */
const QUIET = 1_000;
/** Who has knocked longer ago than this when it is shown came while the owner was away. */
const NEWS = 15_000;

export class Knocks {
  #room;
  #cards = new Map();
  #list = el('ul', { class: 'knock-list' });
  #title = el('h2', {});
  #more = el('p', { class: 'more' });
  #spoken = el('p', { class: 'visually-hidden', role: 'alert' });
  #unspoken = [];
  #speaking = null;
  #quietUntil = 0;
  #declineAllButton = button(w.declineAll, { class: 'quiet small', act: () => this.#declineAll() });
  #rest = el('span', {});

  constructor(room) {
    this.#room = room;
    this.#more.hidden = true;
    this.#more.append(this.#rest, this.#declineAllButton);
    this.panel = el('section', { class: 'knocks', 'aria-label': w.label, hidden: true }, this.#title, this.#list, this.#more);
    this.element = el('div', { class: 'door-side' }, this.panel, this.#spoken);
    room.on('knocks', () => this.#shows());
    document.addEventListener('keydown', (event) => this.#pressed(event));
    setInterval(() => this.#ages(), 20_000);
  }

  /** Alt+Y and Alt+N decide about the one who waits longest, wherever the reader is. */
  #pressed(event) {
    if (event.repeat || !event.altKey || event.ctrlKey || event.metaKey || document.querySelector('dialog[open]')) return;
    const act = { y: 'admit', n: 'decline' }[letterOf(event)];
    const [first] = this.#cards.values();
    if (!act || !first) return;
    event.preventDefault();
    first[act]();
  }

  /** Who is at the door is said at most once a second: of many, how many wait. */
  #speaks(knock) {
    this.#unspoken.push(knock);
    if (this.#speaking !== null) return;
    this.#speaking = setTimeout(
      () => {
        const [only, ...others] = this.#unspoken.splice(0);
        this.#speaking = null;
        this.#quietUntil = Date.now() + QUIET;
        const says = others.length === 0 ? w.arrived(plain(only.name)) : w.title(this.#room.door.waiting.length);
        fill(this.#spoken, el('span', {}, says));
      },
      Math.max(0, this.#quietUntil - Date.now()),
    );
  }

  #shows() {
    const { waiting } = this.#room.door;
    const shown = waiting.slice(0, SHOWN);
    const ids = new Set(shown.map((knock) => knock.knock_id));
    for (const [id, card] of this.#cards) if (!ids.has(id)) this.#drops(id, card);
    for (const knock of shown) {
      if (this.#cards.has(knock.knock_id)) continue;
      const card = new Card(knock, this.#room);
      this.#cards.set(knock.knock_id, card);
      this.#list.append(card.element);
      this.#speaks(knock);
    }
    this.#title.textContent = w.title(waiting.length);
    this.panel.hidden = waiting.length === 0;
    const rest = waiting.length - shown.length;
    this.#more.hidden = waiting.length < 3;
    this.#rest.textContent = rest > 0 ? w.more(rest) : '';
  }

  /** A card that goes away hands the focus to the next one. */
  #drops(id, card) {
    const focused = card.element.contains(document.activeElement);
    const next = card.element.nextElementSibling ?? card.element.previousElementSibling;
    card.element.remove();
    this.#cards.delete(id);
    if (!focused) return;
    if (next) next.querySelector('button').focus();
    else document.querySelector('.composer textarea')?.focus();
  }

  #ages() {
    for (const card of this.#cards.values()) card.ages();
  }

  async #declineAll() {
    const { waiting } = this.#room.door;
    if (!(await confirm(w.declineAllSure(waiting.length), '', [[true, w.declineAll]]))) return;
    const byLink = Map.groupBy(waiting, (knock) => knock.link_id);
    for (const knocks of byLink.values()) await this.#room.door.decide(knocks, { approve: false }).catch(() => null);
    await this.#room.door.read();
  }
}

/**
 * The letter of a key. Where Alt makes another sign of it, as on a Mac, whoever writes wants that sign; else the key's place tells the
 * letter.
 */
function letterOf({ key, code, target }) {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  return target.matches('input, textarea') ? null : code.replace('Key', '').toLowerCase();
}

/** One who waits. */
class Card {
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
    this.element = el('li', { class: 'knock' }, this.#facts(), this.#buttons(), this.#fault);
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
    this.admitButton = button(w.admit, {
      class: 'primary',
      icon: 'check',
      'aria-label': w.admitName(name),
      'aria-keyshortcuts': w.admitKey,
      title: w.admitKey,
      act: () => this.admit(),
    });
    const decline = button(w.decline, {
      class: 'plain',
      'aria-label': w.declineName(name),
      'aria-keyshortcuts': w.declineKey,
      title: w.declineKey,
      act: () => this.decline(),
    });
    const why = button('', {
      class: 'quiet',
      icon: 'more',
      'aria-label': w.reasonName(name),
      title: w.declineWith,
      act: () => this.#asksReason(),
    });
    return (this.buttons = el('div', { class: 'knock-buttons' }, this.admitButton, decline, why));
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
