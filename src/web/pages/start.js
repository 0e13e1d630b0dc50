// The start page: lists all chats, and opens one.

import { base } from '../lib/base.js';
import { randomKey, idempotencyKeys, callWhenFree } from '../lib/api.js';
import { brand, busyStatus, footer, showPage, problemMessage } from '../lib/layout.js';
import { choice, el, field, fill, icon } from '../lib/dom.js';
import * as session from '../lib/session.js';
import { strings as sessionStrings } from '../lib/session_strings.js';
import * as storage from '../lib/storage.js';
import { handle, isolatedName, plainText } from '../lib/safe_text.js';
import { strings } from '../lib/strings.js';

const t = strings.start;

/** The form that opens a chat. */
function openForm() {
  const account = session.account();
  const known = account?.name ?? storage.name.get();
  const name = el('input', { name: 'name', required: true, maxlength: 40, autocomplete: 'nickname', value: known });
  const title = el('input', { name: 'title', maxlength: 120, autocomplete: 'off' });
  const lifetime = choice(strings.lifetimes, 86_400, { name: 'lifetime' });
  const submit = el('button', { class: 'primary', type: 'submit' }, icon('door'), el('span', {}, t.open));
  const [fault, busy] = [problemMessage(), busyStatus()];
  const keyOf = idempotencyKeys();
  const form = el(
    'form',
    { class: 'card stack', 'aria-label': t.form },
    field(t.name, name, { hint: t.nameHint }),
    field(t.chatTitle, title, { optional: strings.optional }),
    field(t.lifetime, lifetime),
    fault,
    account && el('p', { class: 'hint' }, sessionStrings.openedAs(handle(account.username))),
    busy,
    submit,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    submit.disabled = true;
    fault.show('');
    try {
      const wanted = { name: name.value.trim(), title: title.value.trim(), expires_in: Number(lifetime.value) };
      await busy.run((options) => openChat(wanted, keyOf, options));
    } catch (problem) {
      fault.show(problem.userMessage ?? String(problem));
      submit.disabled = false;
      submit.focus();
    }
  });
  return form;
}

/** Opens the chat, creates its first link and navigates there. */
async function openChat({ name, title, expires_in }, keyOf, options) {
  const body = { name, expires_in, ...(title && { title }) };
  const account = session.account() && session.credential;
  const opened = await callWhenFree('POST', '/v1/chats', { credential: account, body, key: keyOf(body), ...options });
  const { chat_id: id, author_id: secret, chat } = opened;
  const credential = account ?? secret;
  if (!account) storage.name.set(name);
  const holder = account ? { account: true } : { credential };
  storage.saveChat(id, { ...holder, owner: true, title: chat.title, expires_at: chat.expires_at, seen: chat.head });
  const made = await callWhenFree('POST', '/v1/links', { credential, body: { chat_url: id }, key: randomKey(), ...options }).catch(
    () => null,
  );
  if (made) storage.saveLink(made.link_id, id);
  location.assign(`${base}/c/${id}#invite`);
}

/** True if there are chats or knocks to list. */
const hasChats = () => session.account() !== null || storage.chats().length > 0 || storage.knocks().some(([, knock]) => !knock.chat_id);

/** The list of chats, which is loaded after the page. */
let list = null;

/** A place for the list of chats. */
function chatsPlace() {
  const place = el('div', { class: 'chats-place' });
  const show = async () => {
    const { loadChatList } = await import('../chats/chat_list.js');
    const loaded = await loadChatList();
    if (!place.isConnected) return loaded.model.stop();
    list = loaded;
    return place.append(list.element);
  };
  show().catch(() => fill(place, el('p', { role: 'alert' }, strings.problems.offline)));
  return place;
}

/** The three steps of how it works. */
function steps() {
  const items = t.step.map(([title, text]) => el('li', {}, el('h3', {}, title), el('p', {}, text)));
  return el(
    'section',
    { 'aria-labelledby': 'steps' },
    el('h2', { id: 'steps', class: 'visually-hidden' }, t.steps),
    el('ol', { class: 'steps' }, items),
  );
}

/** The way to sign in, or to the account. */
function accountLink() {
  const account = session.account();
  if (!account) return el('a', { class: 'quiet button', href: `${base}/sign-in` }, sessionStrings.signIn);
  const name = plainText(account.name);
  const label = sessionStrings.account(name).join('');
  return el(
    'a',
    { class: 'quiet button', href: `${base}/account`, 'aria-label': label, title: label },
    icon('people'),
    isolatedName(account.name),
  );
}

function show() {
  list?.model.stop();
  list = null;
  const form = storage.isPersistent() ? openForm() : el('p', { class: 'card warning' }, t.noStorage);
  const lead = el('div', { class: 'lead stack' }, el('p', { class: 'claim' }, t.claim), el('p', {}, t.how));
  const content = hasChats()
    ? [el('div', { class: 'with-chats' }, chatsPlace(), form)]
    : [el('div', { class: 'columns' }, lead, form), steps()];
  showPage(brand('h1', accountLink()), el('main', { class: 'page wide' }, content), footer());
  showForm();
}

/** Goes to the form that opens a chat, if the address says so. */
function showForm() {
  if (location.hash !== '#open') return;
  history.replaceState(null, '', location.pathname);
  document.querySelector('form input')?.focus();
}

show();
// By this a chat's page knows that the browser came from here: without referrers there is no address of it.
globalThis.navigation?.updateCurrentEntry?.({ state: 'list' });
if (storage.usesPush()) import('../lib/push.js').then(({ renew }) => renew()).catch(() => null);
session.onEnd(show);
session.onSignIn(show);
addEventListener('hashchange', showForm);
addEventListener('pageshow', ({ persisted }) => persisted && show());
