// The links of the chat: share, create, revoke.

import { idempotencyKeys, now } from '../lib/api.js';
import { confirmDialog } from '../lib/confirm_dialog.js';
import { button, choice, coalesce, el, field, fill, renderList } from '../lib/dom.js';
import { problemMessage } from '../lib/layout.js';
import * as storage from '../lib/storage.js';
import { base } from '../lib/base.js';
import { isolatedName, plainText } from '../lib/safe_text.js';
import { every, remaining } from '../lib/time.js';
import { strings } from '../lib/strings.js';

const t = strings.share;
const MAX_USES_CHOICES = [1, 2, 5, 10, 50];

export class Links {
  #model;
  #lead = el('p', { class: 'hint' });
  #live = el('ul', { class: 'links' });
  #none = el('p', { class: 'hint' }, t.none);
  #dead = el('ul', { class: 'items' });
  #deadLinks = el('details', { class: 'stack' }, el('summary', {}, t.dead), this.#dead);
  #cards = new Map();
  #keyOf = idempotencyKeys();

  constructor(model) {
    this.#model = model;
    this.#deadLinks.hidden = true;
    this.element = el('div', { class: 'stack' }, this.#lead, this.#live, this.#none, this.#form(), this.#deadLinks);
    const soon = coalesce(() => this.#render());
    for (const event of ['links', 'chat']) model.on(event, soon);
    every(30_000, () => this.#render(), model.signal);
    this.#render();
  }

  #render() {
    const { door, chat } = this.#model;
    const live = door.live(now());
    const dead = door.dead(now());
    this.#lead.textContent = chat?.admission === 'open' ? t.leadOpen : t.lead;
    this.#none.hidden = live.length > 0;
    const ids = new Set(live.map((link) => link.link_id));
    for (const [id, card] of this.#cards) if (!ids.has(id)) (card.element.remove(), this.#cards.delete(id));
    for (const link of live.toReversed()) this.#renderLink(link);
    this.#deadLinks.hidden = dead.length === 0;
    renderList(
      this.#dead,
      dead.map((link) => [`${link.link_id} ${link.uses} ${link.revoked_at}`, () => this.#deadItem(link)]),
    );
  }

  #renderLink(link) {
    if (!this.#cards.has(link.link_id)) {
      const card = new LinkCard(link, this.#model);
      this.#cards.set(link.link_id, card);
      this.#live.prepend(card.element);
    }
    this.#cards.get(link.link_id).update(link);
  }

  /** A list item for a link that no longer works; the members it admitted can still be removed. */
  #deadItem(link) {
    const about = el('span', { class: 'about' }, `${endText(link)} · ${usesText(link)}`);
    const evict = link.uses > 0 && button(t.evictOnly, { class: 'quiet small', onClick: () => this.#evict(link) });
    return el(
      'li',
      { class: 'item' },
      el('span', { class: 'item-main' }, el('strong', {}, isolatedName(link.label ?? t.unlabelled)), about),
      evict || null,
    );
  }

  async #evict(link) {
    if (!(await confirmDialog(t.evictSure, t.evictText, [[true, t.evictOnly]]))) return;
    await this.#model.door.revokeLink(link, { evict: true }).catch((problem) => (this.#lead.textContent = problem.userMessage));
  }

  #form() {
    const label = el('input', { maxlength: 60, name: 'label', autocomplete: 'off' });
    const lifetime = choice(strings.lifetimes, 86_400, { name: 'expires_in' });
    const uses = choice([['', t.usesAny], ...MAX_USES_CHOICES.map((n) => [n, t.people(n)])], '', { name: 'max_uses' });
    const auto = el('input', { type: 'checkbox', name: 'auto_approve', id: 'auto' });
    const fault = problemMessage();
    const submit = el('button', { type: 'submit', class: 'plain' }, t.make);
    const check = el('label', { class: 'check', for: 'auto' }, auto, t.auto);
    const form = el(
      'form',
      { class: 'stack' },
      field(t.label, label, { optional: strings.optional }),
      field(t.lasts, lifetime),
      field(t.uses, uses),
      check,
      fault,
      submit,
    );
    const details = el('details', { class: 'stack' }, el('summary', {}, t.new), form);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      submit.disabled = true;
      fault.show('');
      const wanted = { expires_in: Number(lifetime.value), auto_approve: auto.checked };
      if (label.value.trim()) wanted.label = label.value.trim();
      if (uses.value) wanted.max_uses = Number(uses.value);
      const problem = await this.#create(wanted).catch((fault) => fault);
      submit.disabled = false;
      if (problem) return fault.show(problem.userMessage ?? String(problem));
      form.reset();
      details.open = false;
    });
    return details;
  }

  /** Creates a link, idempotently for the same input, and focuses its copy button. */
  async #create(wanted) {
    const { link_id: id } = await this.#model.door.createLink(wanted, this.#keyOf(wanted));
    this.#keyOf = idempotencyKeys();
    storage.saveLink(id, this.#model.id);
    this.#render();
    this.#cards.get(id)?.focus();
  }
}

/** Why a link no longer works. */
const endText = (link) => (link.revoked_at ? t.revoked : Date.parse(link.expires_at) <= now() ? t.runOut : t.usedUp);

/** How many people a link has admitted. */
const usesText = (link) => (link.max_uses === null ? t.used(link.uses) : t.usedOf(link.uses, link.max_uses));

/** The card of a link that works. */
class LinkCard {
  #model;
  #link;
  #title = el('strong', {});
  #about = el('p', { class: 'about' });
  #address = el('input', { readonly: true, 'aria-label': t.address, dir: 'ltr' });
  #status = el('p', { class: 'hint', role: 'status' });
  #qrCode = el('div', { class: 'qr', hidden: true });

  constructor(link, model) {
    this.#model = model;
    this.#link = link;
    this.#address.value = link.link_url;
    this.#address.addEventListener('focus', () => this.#address.select());
    const copy = (this.copy = button(t.copy, { class: 'primary', icon: 'copy', onClick: () => this.#copy() }));
    const send = navigator.share && button(t.send, { class: 'plain', icon: 'share', onClick: () => this.#share() });
    const code = button(t.showQr, { class: 'plain', icon: 'qr', 'aria-expanded': 'false', onClick: () => this.#toggleQrCode(code) });
    const label = plainText(link.label ?? t.unlabelled);
    const revoke = button(t.revoke, { class: 'quiet small', 'aria-label': t.revokeName(label), onClick: () => this.#revoke() });
    const head = el('div', { class: 'link-head' }, this.#title, revoke);
    this.element = el(
      'li',
      { class: 'link card' },
      head,
      this.#about,
      this.#address,
      el('div', { class: 'buttons' }, copy, send || null, code),
      this.#status,
      this.#qrCode,
    );
  }

  /** Focuses the copy button. */
  focus() {
    this.copy.focus();
  }

  update(link) {
    this.#link = link;
    fill(this.#title, isolatedName(link.label ?? t.unlabelled));
    const lives = t.lives(remaining(Date.parse(link.expires_at) - now()));
    this.#about.textContent = [lives, usesText(link), link.auto_approve ? t.straight : t.asks].join(' · ');
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#link.link_url);
      this.#status.textContent = t.copied;
    } catch {
      this.#address.select();
      this.#status.textContent = t.copyFailed;
    }
  }

  #share() {
    return navigator.share({ title: strings.door.title, url: this.#link.link_url }).catch(() => null);
  }

  /** Shows or hides the QR code. An image that did not load is requested again when the button is pressed the next time. */
  #toggleQrCode(pressed) {
    const show = (shown) => {
      this.#qrCode.hidden = !shown;
      pressed.setAttribute('aria-expanded', String(shown));
    };
    const failed = () => {
      fill(this.#qrCode);
      show(false);
      this.#status.textContent = strings.problems.offline;
    };
    const src = `${base}/l/${this.#link.link_id}/qr.svg`;
    if (!this.#qrCode.firstChild) fill(this.#qrCode, el('img', { src, alt: t.qr, on: { error: failed } }));
    show(this.#qrCode.hidden);
  }

  async #revoke() {
    const choices = [
      ['only', t.revokeOnly],
      ['evict', t.evict],
    ];
    const chosen = await confirmDialog(t.revokeSure, t.revokeText, this.#link.uses > 0 ? choices : choices.slice(0, 1));
    if (!chosen) return;
    await this.#model.door
      .revokeLink(this.#link, { evict: chosen === 'evict' })
      .catch((problem) => (this.#status.textContent = problem.userMessage));
  }
}
