// The other person of a direct chat: who they are to the reader, and what one may do.

import { base } from '../lib/base.js';
import { now } from '../lib/api.js';
import { confirmDialog } from '../lib/confirm_dialog.js';
import { button, coalesce, el, fill } from '../lib/dom.js';
import { forgetChat } from '../lib/forget.js';
import { problemMessage } from '../lib/layout.js';
import { handle } from '../lib/safe_text.js';
import { span } from '../lib/time.js';
import { strings as accountStrings } from '../lib/account_strings.js';
import { strings } from '../lib/group_strings.js';
import { People } from '../account/people.js';
import { muteSwitch } from './push_settings.js';

const t = strings.person;
const { friends, blocks } = accountStrings;

export class PersonCard {
  #model;
  #people;
  #user = null;
  #about = el('div', { class: 'stack' });
  #fault = problemMessage();

  constructor(model) {
    this.#model = model;
    this.#people = new People(model);
    const clear = button(t.clear, { class: 'danger', icon: 'bin', onClick: () => this.#clear() });
    this.element = el('div', { class: 'stack' }, this.#about, this.#fault, muteSwitch(model), clear);
    const soon = coalesce(() => this.element.isConnected && this.#load());
    for (const event of ['people', 'presence']) model.on(event, soon);
  }

  /** Reads anew who they are whenever somebody looks. */
  shown() {
    return this.#load();
  }

  async #load() {
    const { username } = this.#model.chat.with;
    try {
      const user = this.#model.read(`/v1/users/${encodeURIComponent(username)}`, { tries: 3 });
      [this.#user] = await Promise.all([user.catch((problem) => (problem.isGone ? null : Promise.reject(problem))), this.#people.load()]);
      this.#fault.show('');
      this.#render();
    } catch (problem) {
      this.#fault.show(problem.userMessage ?? String(problem));
    }
  }

  #render() {
    const { username } = this.#model.chat.with;
    const user = this.#user;
    const isBlocked = this.#people.blocks.some((block) => block.user.username === username);
    const seen = user?.presence?.online
      ? t.online
      : user?.presence?.last_seen_at && t.seen(span(now() - Date.parse(user.presence.last_seen_at)));
    const text = isBlocked ? t.blocked : user ? { friends: t.friend, outgoing: t.asked, incoming: t.asks }[user.friendship] : t.gone;
    const buttons = el('div', { class: 'buttons' }, user ? this.#buttons(user, isBlocked) : []);
    fill(
      this.#about,
      el('p', {}, handle(username)),
      text || seen ? el('p', { class: 'about' }, [text, seen].filter(Boolean).join(' ')) : null,
      buttons,
    );
    buttons.hidden = !buttons.firstChild;
  }

  #buttons({ username, friendship }, isBlocked) {
    const people = this.#people;
    const to = ({ username: name }) => name === username;
    const [incoming, outgoing] = [people.incoming.find(({ from }) => to(from)), people.outgoing.find((request) => to(request.to))];
    const does = (text, action, kind = 'plain') => button(text, { class: `${kind} small`, onClick: () => this.#attempt(action) });
    if (isBlocked) return [does(blocks.unblock, () => people.unblock(username))];
    return [
      friendship === 'none' && does(t.ask, () => people.ask(username)),
      incoming && does(friends.accept, () => people.answer(incoming, 'accepted'), 'primary'),
      incoming && does(friends.decline, () => people.answer(incoming, 'rejected')),
      outgoing && does(friends.withdraw, () => people.withdraw(outgoing)),
      friendship === 'friends' && does(friends.remove, () => this.#unfriend(username)),
      does(friends.block, () => this.#block(username), 'danger'),
    ].filter(Boolean);
  }

  async #unfriend(username) {
    if (await confirmDialog(friends.removeSure(handle(username)), friends.removeText, [[true, friends.remove]]))
      await this.#people.unfriend(username);
  }

  async #block(username) {
    if (await confirmDialog(friends.blockSure(handle(username)), friends.blockText, [[true, friends.block]]))
      await this.#people.block(username);
  }

  async #attempt(action) {
    this.#fault.show('');
    await action().catch((problem) => this.#fault.show(problem.userMessage ?? String(problem)));
  }

  async #clear() {
    if (!(await confirmDialog(t.clearSure, t.clearText, [[true, t.clear]]))) return;
    const { id, path } = this.#model;
    await this.#attempt(async () => {
      await this.#model.call('DELETE', path);
      this.#model.leave();
      forgetChat(id);
      location.replace(`${base}/`);
    });
  }
}
