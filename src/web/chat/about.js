// The chat itself: its title, how long it lives, who comes in, this device, its end.

import { ask, problemOf } from '../api.js';
import { confirm } from '../confirm.js';
import { button, choice, el, field, fill } from '../dom.js';
import { problemText } from '../frame.js';
import { span } from '../time.js';
import * as kept from '../kept.js';
import { words } from '../words.js';

const w = words.about;

export class About {
  title = w.title;
  #room;
  #own = el('div', {});
  #end = el('div', { class: 'stack' });
  #fault = problemText();
  #shown = '';
  #form = null;

  constructor(room) {
    this.#room = room;
    this.element = el('div', { class: 'stack' }, this.#own, this.#device(), this.#end, this.#fault);
    room.on('chat', () => this.#shows());
  }

  #shows() {
    const { chat, owner, me } = this.#room;
    this.#form?.shows(chat);
    if (this.#shown === `${me?.id} ${owner}`) return;
    this.#shown = `${me?.id} ${owner}`;
    this.#form = owner ? this.#makesForm(chat) : null;
    fill(this.#own, this.#form);
    const save = button(w.export, { class: 'plain', icon: 'file', act: () => this.#exports() });
    const leave = button(w.leave, { class: 'danger', icon: 'leave', act: () => this.#leaves() });
    const close = button(w.close, { class: 'danger', icon: 'leave', act: () => this.#closes() });
    fill(this.#end, save, owner ? close : me ? leave : null);
  }

  /** What an owner changes; it shows what the chat is, but where somebody is writing. */
  #makesForm(chat) {
    const title = el('input', { maxlength: 120, name: 'title' });
    const known = words.lifetimes.some(([seconds]) => seconds === chat.expires_in);
    const lifetimes = known ? words.lifetimes : [[chat.expires_in, span(chat.expires_in * 1_000)], ...words.lifetimes];
    const lifetime = choice(lifetimes, chat.expires_in, { name: 'expires_in' });
    const admissions = [
      ['knock', w.knock],
      ['open', w.openTo],
    ];
    const admission = choice(admissions, chat.admission, { name: 'admission' });
    const status = el('p', { class: 'hint', role: 'status' });
    const fields = [field(w.chatTitle, title), field(w.lifetime, lifetime), field(w.admission, admission)];
    const form = el('form', { class: 'stack' }, fields, el('button', { type: 'submit', class: 'plain' }, w.save), status);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const saved = await this.#saves({ title: title.value.trim(), expires_in: Number(lifetime.value), admission: admission.value });
      status.textContent = saved ? w.saved : '';
    });
    form.shows = ({ title: called, expires_in: seconds, admission: kind }) => {
      const is = [
        [title, called ?? ''],
        [lifetime, seconds],
        [admission, kind],
      ];
      for (const [control, value] of is) if (control !== document.activeElement) control.value = String(value);
      title.required = called !== null;
    };
    form.shows(chat);
    return form;
  }

  /** Changes what differs; whether it was changed. */
  async #saves(wanted) {
    const { chat } = this.#room;
    const changes = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => value !== '' && value !== chat[key]));
    const sure = { knock: [w.knockSure, w.knockText, w.knock], open: [w.openSure, w.openText, w.openTo] }[changes.admission];
    if (sure && !(await confirm(sure[0], sure[1], [[true, sure[2]]]))) return false;
    if (Object.keys(changes).length === 0) return true;
    return this.#tries(() => this.#room.call('PATCH', this.#room.path, { body: changes }));
  }

  async #tries(action) {
    this.#fault.say('');
    try {
      await action();
      return true;
    } catch (problem) {
      this.#fault.say(problem.sentence ?? String(problem));
      return false;
    }
  }

  /** How this device tells its holder. */
  #device() {
    const { sound, notify } = kept.telling.get();
    const denied = el('p', { class: 'hint', hidden: true }, w.notifyDenied);
    const sounds = el('input', { type: 'checkbox', id: 'sound', checked: sound });
    const notifies = el('input', { type: 'checkbox', id: 'notify', checked: notify && permission() === 'granted' });
    sounds.addEventListener('change', () => kept.telling.set({ ...kept.telling.get(), sound: sounds.checked }));
    notifies.addEventListener('change', async () => {
      const granted = notifies.checked && (await Notification.requestPermission?.()) === 'granted';
      denied.hidden = granted || !notifies.checked;
      notifies.checked = granted;
      kept.telling.set({ ...kept.telling.get(), notify: granted });
    });
    const possible = permission() !== null;
    return el(
      'fieldset',
      { class: 'stack' },
      el('legend', {}, w.device),
      el('label', { class: 'check', for: 'sound' }, sounds, w.sound),
      possible ? el('label', { class: 'check', for: 'notify' }, notifies, w.notify) : null,
      denied,
    );
  }

  /** The transcript, as the API writes it, handed to the browser as a file. */
  #exports() {
    return this.#tries(async () => {
      const response = await ask('GET', `${this.#room.path}/export`, { credential: this.#room.credential, patience: 600_000 });
      if (!response.ok) throw await problemOf(response);
      const address = URL.createObjectURL(await response.blob());
      const file = `${(this.#room.chat.title ?? 'chat').replaceAll(/[^\p{L}\p{N}]+/gu, '-')}.ndjson`;
      el('a', { href: address, download: file }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    });
  }

  async #leaves() {
    if (!(await confirm(w.leaveSure, w.leaveText, [[true, w.leave]]))) return;
    const { path, me } = this.#room;
    if (await this.#tries(() => this.#room.call('DELETE', `${path}/members/${me.id}`))) this.#room.ends('left');
  }

  async #closes() {
    if (!(await confirm(w.closeSure, w.closeText, [[true, w.close]]))) return;
    if (await this.#tries(() => this.#room.call('DELETE', this.#room.path))) this.#room.ends('closed');
  }
}

const permission = () => (typeof Notification === 'undefined' ? null : Notification.permission);
