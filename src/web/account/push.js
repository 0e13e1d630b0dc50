// Push notifications of the account: in this browser, and the browsers that have them.

import { now } from '../lib/api.js';
import { el, renderList } from '../lib/dom.js';
import { problemMessage } from '../lib/layout.js';
import { account, subscriptions, watch } from '../lib/push.js';
import { strings } from '../lib/push_strings.js';
import { messageOf, pushSwitch } from '../lib/push_switch.js';
import { span } from '../lib/time.js';
import { row, rowButton, section } from './section.js';

const t = strings;
/** What is younger than this is shown as just now. */
const JUST_NOW = 2 * 60_000;

class Subscriptions {
  #model;
  #list = el('ul', { class: 'items', 'aria-label': t.subscriptions });
  #heading = el('h3', { hidden: true }, t.subscriptions);
  #fault = problemMessage();
  #switch = pushSwitch(account, { label: t.account, hint: `${t.allChats} ${t.when}`, onChange: () => this.#load() });

  constructor(model) {
    this.#model = model;
    this.element = section(t.title, this.#switch, this.#heading, this.#list, this.#fault);
    watch(({ kind }) => kind === 'friend_request');
    this.#load();
  }

  async #load() {
    const items = await subscriptions(account).catch(() => null);
    if (!items) return;
    this.#heading.hidden = items.length === 0;
    const here = account.kept()?.id;
    renderList(
      this.#list,
      items.map((item) => [`${item.id} ${item.id === here}`, () => this.#row(item, item.id === here)]),
    );
    this.element.focusHeading();
  }

  #row({ id, host, created_at: at }, isHere) {
    const age = now() - Date.parse(at);
    const about = [isHere && t.here, age < JUST_NOW ? t.sinceNow : t.since(span(age))].filter(Boolean).join(' · ');
    return row(
      el('strong', { dir: 'ltr' }, host),
      about,
      rowButton(t.remove, t.removeName(host), () => this.#remove(id)),
    );
  }

  /** Removes a subscription; that of this browser is switched off with it. */
  async #remove(id) {
    this.#fault.show('');
    await this.#model.call('DELETE', `/v1/push/subscriptions/${id}`).catch((problem) => this.#fault.show(messageOf(problem)));
    await this.#load();
    this.#switch.update();
  }
}

export const pushSection = (model) => new Subscriptions(model).element;
