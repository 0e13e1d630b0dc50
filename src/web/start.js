// The start page: opens a chat, and lists those that this browser holds.

import { base } from './base.js';
import { call, chatPath, freshKey, keyring, linkPath, now, Problem, whenFree } from './api.js';
import { brand, busyLine, footer, frame, problemText } from './frame.js';
import { button, choice, el, field, fill, icon } from './dom.js';
import * as kept from './kept.js';
import { remaining } from './time.js';
import { named, plain } from './text.js';
import { words } from './words.js';

const w = words.start;

/** The form that opens a chat. */
function opening() {
  const name = el('input', { name: 'name', required: true, maxlength: 40, autocomplete: 'nickname', value: kept.name.get() });
  const title = el('input', { name: 'title', maxlength: 120, autocomplete: 'off' });
  const lifetime = choice(words.lifetimes, 86_400, { name: 'lifetime' });
  const submit = el('button', { class: 'primary', type: 'submit' }, icon('door'), el('span', {}, w.open));
  const [fault, busy] = [problemText(), busyLine()];
  const keyOf = keyring();
  const form = el(
    'form',
    { class: 'card stack', 'aria-label': w.form },
    field(w.name, name, { hint: w.nameHint }),
    field(w.chatTitle, title, { optional: words.optional }),
    field(w.lifetime, lifetime),
    fault,
    busy,
    submit,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    submit.disabled = true;
    fault.say('');
    try {
      const wanted = { name: name.value.trim(), title: title.value.trim(), expires_in: Number(lifetime.value) };
      await busy.during((options) => opens(wanted, keyOf, options));
    } catch (problem) {
      fault.say(problem.sentence ?? String(problem));
      submit.disabled = false;
      submit.focus();
    }
  });
  return form;
}

/** Opens the chat, makes its first link, goes there. */
async function opens({ name, title, expires_in }, keyOf, options) {
  const body = { name, expires_in, ...(title && { title }) };
  const opened = await whenFree('POST', '/v1/chats', { body, key: keyOf(body), ...options });
  const { chat_id: id, author_id: credential, chat } = opened;
  kept.name.set(name);
  kept.keepChat(id, { credential, owner: true, title: chat.title, expires_at: chat.expires_at, seen: chat.head });
  const made = await whenFree('POST', '/v1/links', { credential, body: { chat_url: id }, key: freshKey(), ...options }).catch(() => null);
  if (made) kept.keepLink(made.link_id, id);
  location.assign(`${base}/c/${id}#invite`);
}

/** One of our chats, as it stands on the server. */
function chatItem([id, facts]) {
  const title = facts.title ?? w.untitled;
  const about = el('span', { class: 'about' }, facts.owner ? w.mine : w.guest);
  const badge = el('span', { class: 'badge', hidden: true });
  const heading = el('strong', {}, named(title));
  const link = el('a', { href: `${base}/c/${id}`, class: 'item-main' }, heading, about);
  const item = el('li', { class: 'item' }, link, badge);
  looks(id, facts, { item, heading, about, badge, title });
  return item;
}

async function looks(id, facts, { item, heading, about, badge, title }) {
  try {
    const { credential } = facts;
    const { chat } = await call('GET', `${chatPath(id)}?limit=1`, { credential });
    const expires = Date.parse(chat.expires_at);
    kept.updateChat(id, { title: chat.title, expires_at: chat.expires_at });
    fill(heading, named(chat.title ?? w.untitled));
    fill(about, facts.owner ? w.mine : w.guest, ' · ', words.chat.goneIn(remaining(expires - now())));
    const waiting = facts.owner ? (await call('GET', `${chatPath(id)}/knocks?status=pending`, { credential })).items.length : 0;
    const unread = Math.max(0, chat.head - facts.seen);
    if (waiting + unread > 0) {
      badge.hidden = false;
      fill(badge, waiting > 0 ? w.knocking(waiting) : w.unread(unread));
    }
  } catch (problem) {
    if (problem instanceof Problem && problem.gone) ends(id, { item, title });
    else fill(about, w.unknown);
  }
}

/** A chat that is gone is said to be gone once, and forgotten at once. */
function ends(id, { item, title }) {
  kept.forgetChat(id);
  const done = el('div', { class: 'item-main ended' }, el('strong', {}, named(title)), el('span', { class: 'about' }, w.ended));
  fill(item, done, button('', { icon: 'close', class: 'quiet', 'aria-label': w.forget(plain(title)), act: () => item.remove() }));
}

/** A knock of ours; how it was decided is read on its link's page. */
function knockItem([link, knock]) {
  const heading = el('strong', {}, w.waiting);
  const about = el('span', { class: 'about' }, w.knockedAs(named(knock.name)));
  const item = el('li', { class: 'item' }, el('a', { href: `${base}/l/${link}`, class: 'item-main' }, heading, about));
  const forgets = () => (kept.forgetKnock(link), item.remove());
  call('GET', linkPath(link), { credential: knock.client_id })
    .then(({ status }) => {
      if (status === 'withdrawn') forgets();
      else if (status !== 'pending') heading.textContent = status === 'approved' ? words.door.approved : w.answered;
    })
    .catch((problem) => problem.gone && forgets());
  return item;
}

/** The chats that this browser holds, and the doors that it waits at. */
function held() {
  const knocks = kept.knocks().filter(([, knock]) => !knock.chat_id);
  const items = [...knocks.map(knockItem), ...kept.chats().map(chatItem)];
  if (items.length === 0) return null;
  return el(
    'section',
    { class: 'stack', 'aria-labelledby': 'held' },
    el('h2', { id: 'held' }, w.chats),
    el('ul', { class: 'items' }, items),
  );
}

/** How it goes, in three steps. */
function steps() {
  const items = w.step.map(([title, text]) => el('li', {}, el('h3', {}, title), el('p', {}, text)));
  return el(
    'section',
    { 'aria-labelledby': 'steps' },
    el('h2', { id: 'steps', class: 'visually-hidden' }, w.steps),
    el('ol', { class: 'steps' }, items),
  );
}

function show() {
  const lead = el('div', { class: 'lead stack' }, el('p', { class: 'claim' }, w.claim), el('p', {}, w.how));
  frame(
    brand('h1'),
    el(
      'main',
      { class: 'page wide' },
      held(),
      el('div', { class: 'columns' }, lead, kept.lasts() ? opening() : el('p', { class: 'card warning' }, w.noStorage)),
      steps(),
    ),
    footer(),
  );
}

show();
addEventListener('pageshow', ({ persisted }) => persisted && show());
