// The list of members, with what one may do about each.

import { button, coalesce, el, fill, renderList } from '../lib/dom.js';
import { problemMessage } from '../lib/layout.js';
import { handle, isolatedName, renderText } from '../lib/safe_text.js';
import { strings } from '../lib/strings.js';
import { strings as presenceStrings } from '../lib/presence_strings.js';
import { strings as sessionStrings } from '../lib/session_strings.js';
import { strings as groupStrings } from '../lib/group_strings.js';
import { memberButton } from './member_actions.js';
import { avatar } from './member_view.js';

export class Members {
  #model;
  #count = el('p', { class: 'about' });
  #about = el('div', { class: 'stack' });
  #list = el('ul', { class: 'items' });
  #add = button(groupStrings.members.add, { class: 'plain', icon: 'plus', hidden: true, onClick: () => this.#addMembers() });
  #fault = problemMessage();
  /** The members that are online, in a small chat. */
  #online = new Set();

  constructor(model) {
    this.#model = model;
    this.element = el('div', { class: 'stack' }, this.#about, this.#add, this.#count, this.#list, this.#fault);
    const soon = coalesce(() => this.#render());
    for (const event of ['members', 'chat', 'presence']) model.on(event, soon);
    this.#render();
  }

  #render() {
    const { members: ids = [], count = 0 } = this.#model.signals.presence ?? {};
    this.#count.textContent = count > ids.length ? presenceStrings.onlineCount(count) : '';
    this.#count.hidden = this.#count.textContent === '';
    this.#online = new Set(ids);
    this.#renderAbout();
    const { members: all, me, chat } = this.#model;
    const members = [...all.values()].sort((a, b) => a.id - b.id);
    const keyOf = (member) => JSON.stringify([member, me?.role, chat?.admission, this.#online.has(member.id)]);
    renderList(
      this.#list,
      members.map((member) => [keyOf(member), () => this.#item(member)]),
    );
  }

  /** What a group is for, and a button that adds people to it. */
  #renderAbout() {
    const { chat, admits } = this.#model;
    const { group } = chat ?? {};
    fill(
      this.#about,
      group && el('p', { class: 'handle' }, `#${group.name}`),
      group?.description && el('p', { class: 'description', dir: 'auto' }, renderText(group.description)),
    );
    this.#about.hidden = !group;
    this.#add.hidden = !group || !admits;
  }

  async #addMembers() {
    const { addMembers } = await import('./add_members.js');
    addMembers(this.#model);
  }

  #item(member) {
    const { me } = this.#model;
    const isOwner = member.role === 'owner';
    const isGuest = !member.username && !isOwner;
    const online = this.#online.has(member.id);
    const roles = [
      member.id === me?.id && strings.you,
      isOwner && strings.owner,
      member.role === 'admin' && groupStrings.members.admin,
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
    const picture = avatar(member);
    picture.classList.toggle('online', online);
    return el(
      'li',
      { class: 'item' },
      picture,
      name,
      memberButton(this.#model, member, (action) => this.#attempt(action)),
    );
  }

  async #attempt(action) {
    this.#fault.show('');
    await action().catch((problem) => this.#fault.show(problem.userMessage ?? String(problem)));
  }
}
