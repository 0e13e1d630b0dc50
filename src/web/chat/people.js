// Who is in the chat.

import { confirm } from '../confirm.js';
import { button, coalesced, el, listed } from '../dom.js';
import { problemText } from '../frame.js';
import { named, plain } from '../text.js';
import { words } from '../words.js';
import { avatar } from './entries.js';

const w = words.people;

export class People {
  title = w.title;
  #room;
  #list = el('ul', { class: 'items' });
  #fault = problemText();

  constructor(room) {
    this.#room = room;
    this.element = el('div', { class: 'stack' }, this.#list, this.#fault);
    const soon = coalesced(() => this.#shows());
    for (const event of ['members', 'chat']) room.on(event, soon);
  }

  #shows() {
    const members = [...this.#room.members.values()].sort((a, b) => a.id - b.id);
    listed(
      this.#list,
      members.map((member) => [`${member.id} ${this.#removable(member)}`, () => this.#item(member)]),
    );
  }

  #removable(member) {
    const { me, owner, chat } = this.#room;
    return owner && member.id !== me.id && chat?.admission === 'knock';
  }

  #item(member) {
    const { me } = this.#room;
    const roles = [member.id === me?.id && words.you, member.role === 'owner' && words.owner].filter(Boolean).join(', ');
    const name = el(
      'span',
      { class: 'item-main' },
      el('strong', {}, named(member.name)),
      roles ? el('span', { class: 'about' }, roles) : null,
    );
    const remove =
      this.#removable(member) &&
      button(w.remove, { class: 'quiet small', 'aria-label': w.removeName(plain(member.name)), act: () => this.#removes(member) });
    return el('li', { class: 'item' }, avatar(member), name, remove || null);
  }

  async #removes(member) {
    if (!(await confirm(w.removeSure(named(member.name)), w.removeText, [[true, w.remove]]))) return;
    this.#fault.say('');
    await this.#room.call('DELETE', `${this.#room.path}/members/${member.id}`).catch((problem) => this.#fault.say(problem.sentence));
  }
}
