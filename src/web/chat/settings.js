// The settings of the chat: title, lifetime, admission, notifications, export, leaving and closing.

import { call, request, problemOf } from '../lib/api.js';
import { confirmDialog } from '../lib/confirm_dialog.js';
import { button, choice, el, field, fill } from '../lib/dom.js';
import { problemMessage } from '../lib/layout.js';
import { handle } from '../lib/safe_text.js';
import { span } from '../lib/time.js';
import * as session from '../lib/session.js';
import { strings as groupStrings } from '../lib/group_strings.js';
import { strings as messageStrings } from '../lib/message_strings.js';
import { strings as sessionStrings } from '../lib/session_strings.js';
import * as storage from '../lib/storage.js';
import { strings } from '../lib/strings.js';
import { reportDialog } from './report_dialog.js';

const t = strings.settings;

export class Settings {
  #model;
  #own = el('div', {});
  #push = el('div', { hidden: true });
  #end = el('div', { class: 'stack' });
  #fault = problemMessage();
  #shown = '';
  #form = null;

  constructor(model) {
    this.#model = model;
    this.element = el('div', { class: 'stack' }, this.#own, this.#deviceSettings(), this.#push, this.#end, this.#fault);
    model.on('chat', () => this.#render());
    this.#render();
  }

  /** Loads the settings of push notifications, which a page needs only when somebody looks. */
  async shown() {
    const { pushSettings } = await import('./push_settings.js');
    const settings = pushSettings(this.#model);
    this.#push.hidden = !settings;
    fill(this.#push, settings);
  }

  #render() {
    const { chat, owner, me } = this.#model;
    this.#form?.update(chat);
    if (this.#shown === `${me?.id} ${me?.role}`) return;
    this.#shown = `${me?.id} ${me?.role}`;
    this.#form = owner && chat.kind === 'link' ? this.#createForm(chat) : null;
    fill(this.#own, this.#form);
    this.#showGroup();
    const save = button(t.export, { class: 'plain', icon: 'file', onClick: () => this.#exportChat() });
    const report = button(messageStrings.report.chat, { class: 'plain', icon: 'flag', onClick: () => reportDialog(this.#model) });
    const { leave, close } = this.#texts;
    const leaving = button(leave, { class: 'danger', icon: 'leave', onClick: () => this.#leave() });
    const closing = button(close, { class: 'danger', icon: chat.kind === 'link' ? 'leave' : 'bin', onClick: () => this.#closeChat() });
    const mayLeave = me && chat.kind !== 'direct' && !(owner && chat.kind === 'link');
    fill(this.#end, this.#bindButton(), save, me && !owner && report, mayLeave && leaving, owner && closing);
  }

  /** The form of a group, for those who may change it. */
  async #showGroup() {
    const { chat, admits } = this.#model;
    if (chat.kind !== 'group' || !admits) return;
    const { groupForm } = await import('./group_form.js');
    this.#form = groupForm(this.#model);
    fill(this.#own, this.#form);
  }

  /** What leaving and ending is called: for a group, or for a link chat. */
  get #texts() {
    const { chat, owner } = this.#model;
    if (chat.kind !== 'group') return t;
    const { leave, leaveSure, leaveText, leaveOwner, close, closeSure } = groupStrings.settings;
    return { leave, leaveSure, leaveText: owner ? `${leaveText} ${leaveOwner}` : leaveText, close, closeSure, closeText: t.closeText };
  }

  /** The owner's form; updates show the current values except in the focused control. */
  #createForm(chat) {
    const title = el('input', { maxlength: 120, name: 'title' });
    const known = strings.lifetimes.some(([seconds]) => seconds === chat.expires_in);
    const lifetimes = known ? strings.lifetimes : [[chat.expires_in, span(chat.expires_in * 1_000)], ...strings.lifetimes];
    const lifetime = choice(lifetimes, chat.expires_in, { name: 'expires_in' });
    const admissions = [
      ['knock', t.knock],
      ['open', t.openTo],
    ];
    const admission = choice(admissions, chat.admission, { name: 'admission' });
    const status = el('p', { class: 'hint', role: 'status' });
    const fields = [field(t.chatTitle, title), field(t.lifetime, lifetime), field(t.admission, admission)];
    const form = el('form', { class: 'stack' }, fields, el('button', { type: 'submit', class: 'plain' }, t.save), status);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const saved = await this.#save({ title: title.value.trim(), expires_in: Number(lifetime.value), admission: admission.value });
      status.textContent = saved ? t.saved : '';
    });
    form.update = ({ title: called, expires_in: seconds, admission: kind }) => {
      const is = [
        [title, called ?? ''],
        [lifetime, seconds],
        [admission, kind],
      ];
      for (const [control, value] of is) if (control !== document.activeElement) control.value = String(value);
      title.required = called !== null;
    };
    form.update(chat);
    return form;
  }

  /** Saves changed values; returns true on success. */
  async #save(wanted) {
    const { chat } = this.#model;
    const changes = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => value !== '' && value !== chat[key]));
    const sure = { knock: [t.knockSure, t.knockText, t.knock], open: [t.openSure, t.openText, t.openTo] }[changes.admission];
    if (sure && !(await confirmDialog(sure[0], sure[1], [[true, sure[2]]]))) return false;
    if (Object.keys(changes).length === 0) return true;
    return this.#attempt(() => this.#model.call('PATCH', this.#model.path, { body: changes }));
  }

  async #attempt(action) {
    this.#fault.show('');
    try {
      await action();
      return true;
    } catch (problem) {
      this.#fault.show(problem.userMessage ?? String(problem));
      return false;
    }
  }

  /** Notification settings of this device. */
  #deviceSettings() {
    const { sound, notify } = storage.notificationSettings.get();
    const denied = el('p', { class: 'hint', hidden: true }, t.notifyDenied);
    const soundBox = el('input', { type: 'checkbox', id: 'sound', checked: sound });
    const notifyBox = el('input', { type: 'checkbox', id: 'notify', checked: notify && permission() === 'granted' });
    soundBox.addEventListener('change', () =>
      storage.notificationSettings.set({ ...storage.notificationSettings.get(), sound: soundBox.checked }),
    );
    notifyBox.addEventListener('change', async () => {
      const granted = notifyBox.checked && (await Notification.requestPermission?.()) === 'granted';
      denied.hidden = granted || !notifyBox.checked;
      notifyBox.checked = granted;
      storage.notificationSettings.set({ ...storage.notificationSettings.get(), notify: granted });
    });
    const possible = permission() !== null;
    return el(
      'fieldset',
      { class: 'stack' },
      el('legend', {}, t.device),
      el('label', { class: 'check', for: 'sound' }, soundBox, t.sound),
      possible ? el('label', { class: 'check', for: 'notify' }, notifyBox, t.notify) : null,
      denied,
    );
  }

  /** For a member who is signed in and has a credential of the chat's own: a button that gives the membership to the account. */
  #bindButton() {
    const { me, credential } = this.#model;
    if (!me || typeof credential !== 'string' || !session.account()) return null;
    return button(sessionStrings.bind, { class: 'plain', icon: 'people', onClick: () => this.#bind() });
  }

  async #bind() {
    const { id, credential } = this.#model;
    const { bindSure, bindText, bind } = sessionStrings;
    if (!(await confirmDialog(bindSure(handle(session.account().username)), bindText, [[true, bind]]))) return;
    const body = { chat_url: id, credential };
    if (!(await this.#attempt(() => call('POST', '/v1/me/memberships', { credential: session.credential, body })))) return;
    storage.saveChat(id, { account: true, credential: null });
    location.reload();
  }

  /** Downloads the transcript as the API exports it. */
  #exportChat() {
    return this.#attempt(async () => {
      const response = await request('GET', `${this.#model.path}/export`, { credential: this.#model.credential, timeout: 600_000 });
      if (!response.ok) throw await problemOf(response);
      const url = URL.createObjectURL(await response.blob());
      const file = `${(this.#model.chat.title ?? 'chat').replaceAll(/[^\p{L}\p{N}]+/gu, '-')}.ndjson`;
      el('a', { href: url, download: file }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    });
  }

  async #leave() {
    const { leave, leaveSure, leaveText } = this.#texts;
    if (!(await confirmDialog(leaveSure, leaveText, [[true, leave]]))) return;
    const { path, me } = this.#model;
    if (await this.#attempt(() => this.#model.call('DELETE', `${path}/members/${me.id}`))) this.#model.end('left');
  }

  async #closeChat() {
    const { close, closeSure, closeText } = this.#texts;
    if (!(await confirmDialog(closeSure, closeText, [[true, close]]))) return;
    if (await this.#attempt(() => this.#model.call('DELETE', this.#model.path))) this.#model.end('closed');
  }
}

const permission = () => (typeof Notification === 'undefined' ? null : Notification.permission);
