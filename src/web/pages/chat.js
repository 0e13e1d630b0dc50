// The chat page: connects its parts, and shows a message when the chat is over.

import { base } from '../lib/base.js';
import { idFromLocation, now } from '../lib/api.js';
import { Notifier } from '../lib/notifications.js';
import { Composer } from '../chat/composer.js';
import { Sidebar } from '../chat/sidebar.js';
import { displayName } from '../chat/member_view.js';
import { ChatModel } from '../chat/chat_model.js';
import { Timeline } from '../chat/timeline.js';
import { connectionStatus } from '../lib/connection_status.js';
import { button, coalesce, el, fill, icon, lazy } from '../lib/dom.js';
import { brand, footer, showPage } from '../lib/layout.js';
import { forgetChat } from '../lib/forget.js';
import * as session from '../lib/session.js';
import { strings as sessionStrings } from '../lib/session_strings.js';
import * as storage from '../lib/storage.js';
import { isolatedName } from '../lib/safe_text.js';
import { remaining } from '../lib/time.js';
import { strings } from '../lib/strings.js';

const t = strings.chat;
const id = idFromLocation(43);
const notifier = new Notifier();

/** Replaces the page with a message. */
function showMessage(title, text, ...more) {
  notifier.setTitle(title, 0);
  const heading = el('h1', { tabindex: '-1' }, title);
  showPage(
    brand(),
    el('main', { class: 'page' }, el('div', { class: 'card stack' }, heading, el('p', { role: 'status' }, text), more)),
    footer(),
  );
  heading.focus();
}

/** Removes an ended chat from the page and from storage. */
function showEnded(why) {
  forgetChat(id);
  showMessage(t[`${why}Title`] ?? t.endedTitle, t[why], el('p', {}, el('a', { class: 'primary', href: `${base}/` }, strings.door.home)));
}

/** Shows that the account was signed out, and a way back into the chat. */
function showSignedOut(reason) {
  const texts = sessionStrings.ended;
  const again = el('a', { class: 'primary', href: `${base}/sign-in#/c/${id}` }, texts.again);
  forgetChat(id);
  showMessage(texts.title, texts[reason] ?? texts.ended, el('p', {}, again));
}

/** The header: title, remaining lifetime, connection, buttons of the sidebar. */
function header(model, sidebar, connection) {
  const title = el('h1', {});
  const people = el('span', { class: 'wide-only' });
  const lifetime = el('span', { class: 'lives' });
  const updateFacts = () => {
    const { chat } = model;
    if (!chat) return;
    const left = remaining(Date.parse(chat.expires_at) - now());
    people.textContent = t.people(model.members.size);
    toggles[1].ariaLabel = strings.members.titleName(people.textContent);
    lifetime.textContent = t.goneIn(left);
    lifetime.title = t.goneInLong(left);
  };
  const updateTitle = () => {
    const { title: called, expires_at: expires } = model.chat;
    fill(title, isolatedName(called ?? t.untitled));
    storage.updateChat(id, { title: called, expires_at: expires, owner: model.owner });
  };
  model.on('chat', updateTitle);
  for (const event of ['chat', 'members', 'added']) model.on(event, updateFacts);
  setInterval(updateFacts, 1_000);
  const toggles = [
    sidebar.toggle('links', [icon('link'), el('span', { class: 'wide-only' }, strings.share.open)], {
      class: 'plain',
      'aria-label': strings.share.openName,
    }),
    sidebar.toggle('members', [icon('people'), people], { class: 'quiet', 'aria-label': strings.members.title }),
    sidebar.toggle('settings', [icon('more')], { class: 'quiet', 'aria-label': strings.settings.title }),
  ];
  model.on('chat', () => (toggles[0].hidden = !model.owner));
  const back = el('a', { href: `${base}/`, class: 'quiet button', 'aria-label': t.home, title: t.home }, icon('back'));
  const facts = el('div', { class: 'head-facts' }, title, el('div', { class: 'head-line' }, connection.element, lifetime));
  return el('header', { class: 'head' }, back, facts, el('nav', { 'aria-label': strings.settings.title }, toggles));
}

/** Connects events of the chat to notifications. */
function connectNotifications(model, timeline) {
  const titles = coalesce(() => model.over || notifier.setTitle(model.chat?.title ?? t.untitled, timeline.unseen + model.door.knocks.size));
  for (const event of ['read', 'chat', 'added', 'seen', 'knocks']) model.on(event, titles);
  model.on('knocked', ({ knock }) => notifier.notifyKnock(knock, () => model.door.knocks.size));
  model.on('added', ({ entries }) => {
    for (const entry of entries) if (model.isFromOthers(entry)) notifier.notifyMessage(displayName(entry.member));
  });
}

/** Follows up push notifications, where somebody is told by them. */
const watchPush = () =>
  storage.usesPush() && import('../lib/push.js').then(({ watch }) => watch(({ chat_id: about }) => about === id)).catch(() => null);

/** The views of the sidebar, which are loaded after the page. */
function sidebarViews(model) {
  const members = lazy(async () => new (await import('../chat/members.js')).Members(model));
  const links = lazy(async () => new (await import('../chat/links.js')).Links(model));
  const settings = lazy(async () => new (await import('../chat/settings.js')).Settings(model));
  return {
    links: { title: strings.share.title, load: links },
    members: { title: strings.members.title, load: members },
    settings: { title: strings.settings.title, load: settings },
  };
}

/** Builds the page; returns a function that shows it. */
function buildPage(model) {
  const views = sidebarViews(model);
  const sidebar = new Sidebar(views);
  const connection = connectionStatus();
  const timeline = new Timeline(model);
  const composer = new Composer(model, timeline);
  const door = el('div', { class: 'door-side' });
  const knocks = lazy(async () => door.replaceWith(new (await import('../chat/knocks.js')).Knocks(model).element));
  const typing = lazy(async () => new (await import('../chat/typing.js')).Typing(model, composer));
  const later = [timeline.loadMenu, typing, ...Object.values(views).map(({ load }) => load)];
  const loadRest = () => (model.owner ? [knocks, ...later] : later).forEach((load) => load().catch(() => null));
  model.on('connection', ({ state }) => state === 'connected' && loadRest());
  connection.show(model.connection);
  connection.onRetryNow(() => model.retryNow());
  model.on('connection', ({ state, problem }) => connection.show(state, problem));
  connectNotifications(model, timeline);
  const main = el('main', { class: 'conversation' }, timeline.element, composer.element);
  const whole = el('div', { class: 'chat' }, header(model, sidebar, connection), door, main, sidebar.element);
  return () => {
    showPage(whole);
    if (matchMedia('(pointer: fine)').matches) composer.focus();
    if (location.hash === '#invite' && model.owner) sidebar.open('links');
    history.replaceState(null, '', location.pathname);
  };
}

async function start() {
  const known = storage.chat(id);
  const signedIn = known ? Boolean(known.account) : session.account() !== null;
  if (signedIn && !session.account()) return showSignedOut('ended');
  const model = new ChatModel(id, signedIn ? session.credential : (known?.credential ?? null));
  let show = null;
  model.on('read', () => {
    if (signedIn && model.me) storage.saveChat(id, { account: true, owner: model.owner, title: model.chat.title });
    show();
  });
  show = buildPage(model);
  model.on('ended', ({ why, reason }) => (why === 'signed_out' ? showSignedOut(reason) : showEnded(why)));
  session.onEnd((reason) => signedIn && model.end('signed_out', reason));
  showMessage(t.loading, '');
  try {
    await model.open(once(() => showMessage(t.failedTitle, t.failed)));
    watchPush();
  } catch (problem) {
    if (model.over) return;
    if (!problem.isGone)
      return showMessage(t.failedTitle, problem.userMessage ?? String(problem), button(t.retry, { class: 'plain', onClick: start }));
    if (known) return showEnded('gone');
    const { linkInto } = await import('../chat/waiting_link.js');
    const link = await linkInto(id);
    if (link) return location.replace(`${base}/l/${link}`);
    forgetChat(id);
    showMessage(t.strangerTitle, t.stranger, el('p', {}, el('a', { href: `${base}/` }, strings.door.home)));
  }
}

/** Wraps a function so that it runs only once. */
function once(action) {
  let done = false;
  return () => done || ((done = true), action());
}

start();
