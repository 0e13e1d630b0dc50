// Friends, requests in both directions, and blocks.

import { now } from '../lib/api.js';
import { confirmDialog } from '../lib/confirm_dialog.js';
import { coalesce, el, renderList } from '../lib/dom.js';
import { problemMessage } from '../lib/layout.js';
import { handle, plainText } from '../lib/safe_text.js';
import { span } from '../lib/time.js';
import { strings } from '../lib/account_strings.js';
import { nameOf, plainNameOf, row, rowButton, section } from './section.js';

const t = strings.friends;

/** A list with a heading that is hidden while it is empty. */
function titledList(title) {
  const list = el('ul', { class: 'items' });
  const element = el('div', { class: 'stack titled', hidden: true }, el('h3', {}, title), list);
  return {
    element,
    render(items) {
      element.hidden = items.length === 0;
      renderList(list, items);
    },
  };
}

class Friends {
  #people;
  #incoming = titledList(t.incoming);
  #outgoing = titledList(t.outgoing);
  #blocks = titledList(strings.blocks.title);
  #friends = el('ul', { class: 'items' });
  #none = el('p', { class: 'hint', hidden: true }, t.none);
  #fault = problemMessage();

  constructor(model, people) {
    this.#people = people;
    const { element: incoming } = this.#incoming;
    this.element = section(t.title, incoming, this.#none, this.#friends, this.#fault, this.#outgoing.element, this.#blocks.element);
    model.on(
      'people',
      coalesce(() => this.#load()),
    );
    model.on('presence', (presence) => this.#updatePresence(presence));
    this.#load();
  }

  async #load() {
    try {
      await this.#people.load();
    } catch (problem) {
      return this.#fault.show(problem.userMessage ?? String(problem));
    }
    this.#render();
  }

  #render() {
    const { incoming, outgoing, friends, blocks } = this.#people;
    this.#incoming.render(incoming.map((request) => [request.id, () => this.#incomingRow(request)]));
    this.#outgoing.render(outgoing.map((request) => [request.id, () => this.#outgoingRow(request)]));
    this.#blocks.render(blocks.map(({ user }) => [user.username, () => this.#blockRow(user)]));
    this.#none.hidden = friends.length > 0;
    const keyOf = ({ name, username, presence }) => JSON.stringify([username, name, presence]);
    renderList(
      this.#friends,
      friends.map(({ user }) => [keyOf(user), () => this.#friendRow(user)]),
    );
    this.element.focusHeading();
  }

  #updatePresence({ username, online, last_seen_at }) {
    const friend = this.#people.friends.find(({ user }) => user.username === username);
    if (!friend) return;
    friend.user.presence = { online, last_seen_at };
    this.#render();
  }

  #incomingRow(request) {
    const { from, note } = request;
    const name = plainNameOf(from);
    return row(
      nameOf(from),
      note && plainText(note),
      rowButton(
        t.accept,
        t.acceptName(name),
        this.#attempt(() => this.#people.answer(request, 'accepted')),
        'primary',
      ),
      rowButton(
        t.decline,
        t.declineName(name),
        this.#attempt(() => this.#people.answer(request, 'rejected')),
        'plain',
      ),
      this.#blockButton(from),
    );
  }

  #outgoingRow(request) {
    const { to } = request;
    const withdraw = this.#attempt(() => this.#people.withdraw(request));
    return row(nameOf(to), null, rowButton(t.withdraw, t.withdrawName(plainNameOf(to)), withdraw));
  }

  #friendRow(user) {
    const { presence } = user;
    const seen = presence?.last_seen_at && t.seen(span(now() - Date.parse(presence.last_seen_at)));
    const remove = async () => {
      if (await confirmDialog(t.removeSure(handle(user.username)), t.removeText, [[true, t.remove]]))
        await this.#attempt(() => this.#people.unfriend(user.username))();
    };
    return row(
      nameOf(user),
      presence?.online ? t.online : seen,
      rowButton(t.remove, t.removeName(plainNameOf(user)), remove),
      this.#blockButton(user),
    );
  }

  #blockButton(user) {
    const block = async () => {
      if (await confirmDialog(t.blockSure(handle(user.username)), t.blockText, [[true, t.block]]))
        await this.#attempt(() => this.#people.block(user.username))();
    };
    return rowButton(t.block, t.blockName(plainNameOf(user)), block);
  }

  #blockRow(user) {
    const { unblock, unblockName } = strings.blocks;
    return row(
      nameOf(user),
      null,
      rowButton(
        unblock,
        unblockName(plainNameOf(user)),
        this.#attempt(() => this.#people.unblock(user.username)),
      ),
    );
  }

  /** Wraps an action so that its problem is shown. */
  #attempt(action) {
    return async () => {
      this.#fault.show('');
      await action().catch((problem) => {
        this.#fault.show(problem.userMessage ?? String(problem));
        this.#load();
      });
    };
  }
}

export const friendsSection = (model, people) => new Friends(model, people).element;
