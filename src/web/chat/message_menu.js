// The menu of a message: what the reader can do with it, and how that went.

import { call } from '../lib/api.js';
import { confirmDialog } from '../lib/confirm_dialog.js';
import { strings } from '../lib/message_strings.js';
import { Notice } from '../lib/notice.js';
import { closeMenu, menuItem, toggleMenu } from '../lib/popup_menu.js';
import { handle } from '../lib/safe_text.js';
import * as session from '../lib/session.js';
import { react, reactionItems } from './reaction_menu.js';
import { reportDialog } from './report_dialog.js';

const t = strings;

export class MessageMenu {
  #model;
  #notice = new Notice();
  element = this.#notice.element;

  constructor(model) {
    this.#model = model;
  }

  /** Opens the menu of an entry at its button, or closes it. */
  toggle(opener, entry) {
    toggleMenu(opener, t.menu, this.#items(entry));
  }

  /** Closes the menu. */
  close() {
    closeMenu();
  }

  /** Adds or takes back a reaction. */
  react({ seq }, emoji, added) {
    this.#notice.attempt(() => react(this.#model, seq, emoji, added));
  }

  /** The items for a reader: visitors of an open chat only answer. */
  #items(entry) {
    const { me } = this.#model;
    const { seq, member, message } = entry;
    const mine = me !== null && member?.id === me.id;
    const { username } = member ?? {};
    const choices = [
      [true, t.reply.action, 'reply', () => this.#model.emit('reply', { entry })],
      [mine, t.edit.action, 'pencil', () => this.#model.emit('edit', { entry })],
      [mine || this.#model.mayRemove(member), t.remove.action, 'bin', () => this.#remove(seq)],
      [me && !mine, t.report.action, 'flag', () => reportDialog(this.#model, seq)],
      [!mine && username && session.account(), t.block.action(`@${username}`), 'block', () => this.#block(username)],
    ];
    const items = choices.filter(([possible]) => possible).map(([, text, icon, onChoose]) => menuItem(text, { icon, onChoose }));
    return me ? [reactionItems(message.reactions, me, (emoji, added) => this.react(entry, emoji, added)), ...items] : items;
  }

  async #remove(seq) {
    const { sure, text, submit } = t.remove;
    if (!(await confirmDialog(sure, text, [[true, submit]]))) return;
    await this.#notice.attempt(() => this.#model.call('DELETE', `${this.#model.path}/messages/${seq}`));
  }

  async #block(username) {
    const { sure, text, submit, done } = t.block;
    if (!(await confirmDialog(sure(handle(username)), text, [[true, submit]]))) return;
    const path = `/v1/blocks/${encodeURIComponent(username)}`;
    if (await this.#notice.attempt(() => call('PUT', path, { credential: session.credential })))
      this.#notice.show(...done(handle(username)));
  }
}
