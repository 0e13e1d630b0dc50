// The links into the chat: to share, to make, to take back.

import { keyring, now } from '../api.js';
import { confirm } from '../confirm.js';
import { button, choice, coalesced, el, field, fill, listed } from '../dom.js';
import { problemText } from '../frame.js';
import * as kept from '../kept.js';
import { drawn } from '../qr.js';
import { named, plain } from '../text.js';
import { remaining } from '../time.js';
import { words } from '../words.js';

const w = words.share;
const USES = [1, 2, 5, 10, 50];

export class Links {
  title = w.title;
  #room;
  #lead = el('p', { class: 'hint' });
  #live = el('ul', { class: 'links' });
  #none = el('p', { class: 'hint' }, w.none);
  #dead = el('ul', { class: 'items' });
  #past = el('details', { class: 'stack' }, el('summary', {}, w.dead), this.#dead);
  #cards = new Map();
  #keyOf = keyring();

  constructor(room) {
    this.#room = room;
    this.#past.hidden = true;
    this.element = el('div', { class: 'stack' }, this.#lead, this.#live, this.#none, this.#form(), this.#past);
    const soon = coalesced(() => this.#shows());
    for (const event of ['links', 'chat']) room.on(event, soon);
    setInterval(() => this.#shows(), 30_000);
  }

  #shows() {
    const { door, chat } = this.#room;
    const live = door.live(now());
    const dead = door.dead(now());
    this.#lead.textContent = chat?.admission === 'open' ? w.leadOpen : w.lead;
    this.#none.hidden = live.length > 0;
    const ids = new Set(live.map((link) => link.link_id));
    for (const [id, card] of this.#cards) if (!ids.has(id)) (card.element.remove(), this.#cards.delete(id));
    for (const link of live.toReversed()) this.#showsLink(link);
    this.#past.hidden = dead.length === 0;
    listed(
      this.#dead,
      dead.map((link) => [`${link.link_id} ${link.uses} ${link.revoked_at}`, () => this.#deadItem(link)]),
    );
  }

  #showsLink(link) {
    if (!this.#cards.has(link.link_id)) {
      const card = new LinkCard(link, this.#room);
      this.#cards.set(link.link_id, card);
      this.#live.prepend(card.element);
    }
    this.#cards.get(link.link_id).shows(link);
  }

  /** A dead link can still have whom it let in removed. */
  #deadItem(link) {
    const about = el('span', { class: 'about' }, `${ended(link)} · ${used(link)}`);
    const evict = link.uses > 0 && button(w.evictOnly, { class: 'quiet small', act: () => this.#evicts(link) });
    return el(
      'li',
      { class: 'item' },
      el('span', { class: 'item-main' }, el('strong', {}, named(link.label ?? w.unlabelled)), about),
      evict || null,
    );
  }

  async #evicts(link) {
    if (!(await confirm(w.evictSure, w.evictText, [[true, w.evictOnly]]))) return;
    await this.#room.door.revoke(link, { evict: true }).catch((problem) => (this.#lead.textContent = problem.sentence));
  }

  #form() {
    const label = el('input', { maxlength: 60, name: 'label', autocomplete: 'off' });
    const lasts = choice(words.lifetimes, 86_400, { name: 'expires_in' });
    const uses = choice([['', w.usesAny], ...USES.map((n) => [n, w.people(n)])], '', { name: 'max_uses' });
    const auto = el('input', { type: 'checkbox', name: 'auto_approve', id: 'auto' });
    const fault = problemText();
    const make = el('button', { type: 'submit', class: 'plain' }, w.make);
    const check = el('label', { class: 'check', for: 'auto' }, auto, w.auto);
    const form = el(
      'form',
      { class: 'stack' },
      field(w.label, label, { optional: words.optional }),
      field(w.lasts, lasts),
      field(w.uses, uses),
      check,
      fault,
      make,
    );
    const details = el('details', { class: 'stack' }, el('summary', {}, w.new), form);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      make.disabled = true;
      fault.say('');
      const wanted = { expires_in: Number(lasts.value), auto_approve: auto.checked };
      if (label.value.trim()) wanted.label = label.value.trim();
      if (uses.value) wanted.max_uses = Number(uses.value);
      const problem = await this.#makes(wanted).catch((fault) => fault);
      make.disabled = false;
      if (problem) return fault.say(problem.sentence ?? String(problem));
      form.reset();
      details.open = false;
    });
    return details;
  }

  /** Makes a link, the same one where the same was wanted and it is not known whether it was made; goes on to copying it. */
  async #makes(wanted) {
    const { link_id: id } = await this.#room.door.make(wanted, this.#keyOf(wanted));
    this.#keyOf = keyring();
    kept.keepLink(id, this.#room.id);
    this.#shows();
    this.#cards.get(id)?.focus();
  }
}

/** Why a link no longer works. */
const ended = (link) => (link.revoked_at ? w.revoked : Date.parse(link.expires_at) <= now() ? w.runOut : w.usedUp);

/** How many a link let in. */
const used = (link) => (link.max_uses === null ? w.used(link.uses) : w.usedOf(link.uses, link.max_uses));

/** A link that can be shared. */
class LinkCard {
  #room;
  #link;
  #title = el('strong', {});
  #about = el('p', { class: 'about' });
  #address = el('input', { readonly: true, 'aria-label': w.address, dir: 'ltr' });
  #status = el('p', { class: 'hint', role: 'status' });
  #code = el('div', { class: 'qr', hidden: true });

  constructor(link, room) {
    this.#room = room;
    this.#link = link;
    this.#address.value = link.link_url;
    this.#address.addEventListener('focus', () => this.#address.select());
    const copy = (this.copy = button(w.copy, { class: 'primary', icon: 'copy', act: () => this.#copies() }));
    const send = navigator.share && button(w.send, { class: 'plain', icon: 'share', act: () => this.#sends() });
    const code = button(w.showQr, { class: 'plain', icon: 'qr', 'aria-expanded': 'false', act: () => this.#showsCode(code) });
    const label = plain(link.label ?? w.unlabelled);
    const revoke = button(w.revoke, { class: 'quiet small', 'aria-label': w.revokeName(label), act: () => this.#revokes() });
    const head = el('div', { class: 'link-head' }, this.#title, revoke);
    this.element = el(
      'li',
      { class: 'link card' },
      head,
      this.#about,
      this.#address,
      el('div', { class: 'buttons' }, copy, send || null, code),
      this.#status,
      this.#code,
    );
  }

  /** Where one goes on after a link was made: to copying it. */
  focus() {
    this.copy.focus();
  }

  shows(link) {
    this.#link = link;
    fill(this.#title, named(link.label ?? w.unlabelled));
    const lives = w.lives(remaining(Date.parse(link.expires_at) - now()));
    this.#about.textContent = [lives, used(link), link.auto_approve ? w.straight : w.asks].join(' · ');
  }

  async #copies() {
    try {
      await navigator.clipboard.writeText(this.#link.link_url);
      this.#status.textContent = w.copied;
    } catch {
      this.#address.select();
      this.#status.textContent = w.copyFailed;
    }
  }

  #sends() {
    return navigator.share({ title: words.door.title, url: this.#link.link_url }).catch(() => null);
  }

  #showsCode(pressed) {
    if (!this.#code.firstChild) this.#code.append(drawn(this.#link.link_url, w.qr));
    this.#code.hidden = !this.#code.hidden;
    pressed.setAttribute('aria-expanded', String(!this.#code.hidden));
  }

  async #revokes() {
    const choices = [
      ['only', w.revokeOnly],
      ['evict', w.evict],
    ];
    const chosen = await confirm(w.revokeSure, w.revokeText, this.#link.uses > 0 ? choices : choices.slice(0, 1));
    if (!chosen) return;
    await this.#room.door
      .revoke(this.#link, { evict: chosen === 'evict' })
      .catch((problem) => (this.#status.textContent = problem.sentence));
  }
}
