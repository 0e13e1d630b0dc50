// The menu of a message: what the reader can do with it, and how that went.

import { call } from '../lib/api.js';
import { confirmDialog } from '../lib/confirm_dialog.js';
import { strings } from '../lib/message_strings.js';
import { Notice } from '../lib/notice.js';
import { menuItem, toggleMenu } from '../lib/popup_menu.js';
import { handle } from '../lib/safe_text.js';
import * as session from '../lib/session.js';
import { reportDialog } from './report_dialog.js';

const t = strings;

/** Returns true if a reader can do something with a message: members can report what others wrote. */
export const hasMenu = ({ member }, me) => me !== null && member?.id !== me.id;

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

  #items({ seq, member }) {
    const { username } = member ?? {};
    const canBlock = username && session.account();
    return [
      menuItem(t.report.action, { icon: 'flag', onChoose: () => reportDialog(this.#model, seq) }),
      canBlock && menuItem(t.block.action(`@${username}`), { icon: 'block', onChoose: () => this.#block(username) }),
    ].filter(Boolean);
  }

  async #block(username) {
    const { sure, text, submit, done } = t.block;
    if (!(await confirmDialog(sure(handle(username)), text, [[true, submit]]))) return;
    const path = `/v1/blocks/${encodeURIComponent(username)}`;
    if (await this.#notice.attempt(() => call('PUT', path, { credential: session.credential })))
      this.#notice.show(...done(handle(username)));
  }
}
