// The start page: opens a chat, and lists the chats of this browser.

import { base } from '../lib/base.js';
import { call, chatPath, randomKey, idempotencyKeys, linkPath, now, Problem, callWhenFree } from '../lib/api.js';
import { brand, busyStatus, footer, showPage, problemMessage } from '../lib/layout.js';
import { button, choice, el, field, fill, icon } from '../lib/dom.js';
import { forgetChat, forgetKnock } from '../lib/forget.js';
import * as session from '../lib/session.js';
import { strings as sessionStrings } from '../lib/session_strings.js';
import * as storage from '../lib/storage.js';
import { remaining } from '../lib/time.js';
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

/** A list item for a stored chat, updated from the server. */
function chatItem([id, facts]) {
  const title = facts.title ?? t.untitled;
  const about = el('span', { class: 'about' }, facts.owner ? t.mine : t.guest);
  const badge = el('span', { class: 'badge', hidden: true });
  const heading = el('strong', {}, isolatedName(title));
  const link = el('a', { href: `${base}/c/${id}`, class: 'item-main' }, heading, about);
  const item = el('li', { class: 'item' }, link, badge);
  loadStatus(id, facts, { item, heading, about, badge, title });
  return item;
}

async function loadStatus(id, facts, { item, heading, about, badge, title }) {
  try {
    const credential = session.credentialOf(facts, 'credential');
    const { chat } = await call('GET', `${chatPath(id)}?limit=1`, { credential });
    const expires = Date.parse(chat.expires_at);
    storage.updateChat(id, { title: chat.title, expires_at: chat.expires_at });
    fill(heading, isolatedName(chat.title ?? t.untitled));
    fill(about, facts.owner ? t.mine : t.guest, ' · ', strings.chat.goneIn(remaining(expires - now())));
    const waiting = facts.owner ? (await call('GET', `${chatPath(id)}/knocks?status=pending`, { credential })).items.length : 0;
    const unread = Math.max(0, chat.head - facts.seen);
    if (waiting + unread > 0) {
      badge.hidden = false;
      fill(badge, waiting > 0 ? t.knocking(waiting) : t.unread(unread));
    }
  } catch (problem) {
    if (problem instanceof Problem && problem.isGone) showEnded(id, { item, title });
    else fill(about, t.unknown);
  }
}

/** Shows once that a chat has ended, and forgets it. */
function showEnded(id, { item, title }) {
  forgetChat(id);
  const done = el('div', { class: 'item-main ended' }, el('strong', {}, isolatedName(title)), el('span', { class: 'about' }, t.ended));
  fill(item, done, button('', { icon: 'close', class: 'quiet', 'aria-label': t.forget(plainText(title)), onClick: () => item.remove() }));
}

/** A list item for an own knock; its link page shows the decision. */
function knockItem([link, knock]) {
  const heading = el('strong', {}, t.waiting);
  const about = el('span', { class: 'about' }, t.knockedAs(isolatedName(knock.name)));
  const item = el('li', { class: 'item' }, el('a', { href: `${base}/l/${link}`, class: 'item-main' }, heading, about));
  const forget = () => (forgetKnock(link), item.remove());
  call('GET', linkPath(link), { credential: session.credentialOf(knock, 'client_id') })
    .then(({ status }) => {
      if (status === 'withdrawn') forget();
      else if (status !== 'pending') heading.textContent = status === 'approved' ? strings.door.approved : t.answered;
    })
    .catch((problem) => problem.isGone && forget());
  return item;
}

/** The list of stored chats and pending knocks. */
function heldChats() {
  const knocks = storage.knocks().filter(([, knock]) => !knock.chat_id);
  const items = [...knocks.map(knockItem), ...storage.chats().map(chatItem)];
  if (items.length === 0) return null;
  return el(
    'section',
    { class: 'stack', 'aria-labelledby': 'held' },
    el('h2', { id: 'held' }, t.chats),
    el('ul', { class: 'items' }, items),
  );
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
  const lead = el('div', { class: 'lead stack' }, el('p', { class: 'claim' }, t.claim), el('p', {}, t.how));
  showPage(
    brand('h1', accountLink()),
    el(
      'main',
      { class: 'page wide' },
      heldChats(),
      el('div', { class: 'columns' }, lead, storage.isPersistent() ? openForm() : el('p', { class: 'card warning' }, t.noStorage)),
      steps(),
    ),
    footer(),
  );
}

show();
if (storage.usesPush()) import('../lib/push.js').then(({ renew }) => renew()).catch(() => null);
session.onEnd(show);
session.onSignIn(show);
addEventListener('pageshow', ({ persisted }) => persisted && show());
