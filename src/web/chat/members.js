// The list of members.

import { confirmDialog } from '../lib/confirm_dialog.js';
import { button, coalesce, el, renderList } from '../lib/dom.js';
import { problemMessage } from '../lib/layout.js';
import { handle, isolatedName, plainText } from '../lib/safe_text.js';
import { strings } from '../lib/strings.js';
import { strings as presenceStrings } from '../lib/presence_strings.js';
import { strings as sessionStrings } from '../lib/session_strings.js';
import { avatar } from './member_view.js';

const t = strings.members;

export class Members {
  #model;
  #count = el('p', { class: 'about' });
  #list = el('ul', { class: 'items' });
  #fault = problemMessage();
  /** The members that are online, in a small chat. */
  #online = new Set();

  constructor(model) {
    this.#model = model;
    this.element = el('div', { class: 'stack' }, this.#count, this.#list, this.#fault);
    const soon = coalesce(() => this.#render());
    for (const event of ['members', 'chat', 'presence']) model.on(event, soon);
    this.#render();
  }

  #render() {
    const { members: ids = [], count = 0 } = this.#model.signals.presence ?? {};
    this.#count.textContent = count > ids.length ? presenceStrings.onlineCount(count) : '';
    this.#count.hidden = this.#count.textContent === '';
    this.#online = new Set(ids);
    const members = [...this.#model.members.values()].sort((a, b) => a.id - b.id);
    renderList(
      this.#list,
      members.map((member) => [`${member.id} ${this.#isRemovable(member)} ${this.#online.has(member.id)}`, () => this.#item(member)]),
    );
  }

  #isRemovable(member) {
    const { me, owner, chat } = this.#model;
    return owner && member.id !== me.id && chat?.admission === 'knock';
  }

  #item(member) {
    const { me } = this.#model;
    const isOwner = member.role === 'owner';
    const isGuest = !member.username && !isOwner;
    const online = this.#online.has(member.id);
    const roles = [
      member.id === me?.id && strings.you,
      isOwner && strings.owner,
      isGuest && sessionStrings.guest,
      online && presenceStrings.online,
    ]
      .filter(Boolean)
      .join(', ');
    const name = el(
      'span',
      { class: 'item-main' },
      el('span', {}, el('strong', {}, isolatedName(member.name)), ...(member.username ? [' ', handle(member.username)] : [])),
      roles ? el('span', { class: 'about' }, roles) : null,
    );
    const remove =
      this.#isRemovable(member) &&
      button(t.remove, { class: 'quiet small', 'aria-label': t.removeName(plainText(member.name)), onClick: () => this.#remove(member) });
    const picture = avatar(member);
    picture.classList.toggle('online', online);
    return el('li', { class: 'item' }, picture, name, remove || null);
  }

  async #remove(member) {
    if (!(await confirmDialog(t.removeSure(isolatedName(member.name)), t.removeText, [[true, t.remove]]))) return;
    this.#fault.show('');
    await this.#model.call('DELETE', `${this.#model.path}/members/${member.id}`).catch((problem) => this.#fault.show(problem.userMessage));
  }
}
