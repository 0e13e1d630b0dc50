// The chat page: connects its parts, shows a message when the chat is over, and goes from one chat to another.

import { base } from '../lib/base.js';
import { idFromLocation, now, pause } from '../lib/api.js';
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
import { isolatedName, plainText } from '../lib/safe_text.js';
import { every, remaining } from '../lib/time.js';
import { strings } from '../lib/strings.js';

const t = strings.chat;
/** From this width on the list of chats is beside the open one. */
const WITH_LIST = matchMedia('(min-width: 56.25rem)');
/** How long a chat may take to open before the page says so, in milliseconds. */
const PATIENCE = 400;

const notifier = new Notifier();
/** The model of the chat that is shown. */
let model = null;
/** The list of chats, once it is loaded. */
let list = null;

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
function showEnded(id, why) {
  forgetChat(id);
  list?.select(null);
  showMessage(t[`${why}Title`] ?? t.endedTitle, t[why], el('p', {}, el('a', { class: 'primary', href: `${base}/` }, strings.door.home)));
}

/** Shows that the account was signed out, and a way back into the chat. */
function showSignedOut(id, reason) {
  const texts = sessionStrings.ended;
  const again = el('a', { class: 'primary', href: `${base}/sign-in#/c/${id}` }, texts.again);
  forgetChat(id);
  hideList();
  showMessage(texts.title, texts[reason] ?? texts.ended, el('p', {}, again));
}

/** Goes back to the list: where the browser came from it, to where it was. */
function goBack(event) {
  const { navigation } = globalThis;
  const before = navigation?.entries?.()[navigation.currentEntry.index - 1];
  if (before?.getState() !== 'list') return;
  event.preventDefault();
  history.back();
}

/** The header: title, remaining lifetime, connection, buttons of the sidebar. */
function header(model, sidebar, connection) {
  const title = el('h1', {});
  const people = el('span', { class: 'wide-only' });
  const lifetime = el('span', { class: 'lives' });
  const updateFacts = () => {
    const { chat } = model;
    if (!chat) return;
    people.textContent = chat.with ? `@${chat.with.username}` : t.people(model.members.size);
    toggles[1].ariaLabel = strings.members.titleName(people.textContent);
    const left = chat.expires_at && remaining(Date.parse(chat.expires_at) - now());
    lifetime.textContent = left ? t.goneIn(left) : '';
    lifetime.title = left ? t.goneInLong(left) : '';
  };
  const updateTitle = () => {
    fill(title, isolatedName(model.title ?? t.untitled));
    storage.updateChat(model.id, { title: model.title, expires_at: model.chat.expires_at, owner: model.owner });
    toggles[0].hidden = !model.admits;
  };
  model.on('chat', updateTitle);
  for (const event of ['chat', 'members', 'added']) model.on(event, updateFacts);
  every(1_000, updateFacts, model.signal);
  const toggles = [
    sidebar.toggle('links', [icon('link'), el('span', { class: 'wide-only' }, strings.share.open)], {
      class: 'plain',
      'aria-label': strings.share.openName,
    }),
    sidebar.toggle('members', [icon('people'), people], { class: 'quiet', 'aria-label': strings.members.title }),
    sidebar.toggle('settings', [icon('more')], { class: 'quiet', 'aria-label': strings.settings.title }),
  ];
  const props = { href: `${base}/`, class: 'quiet button', 'aria-label': t.home, title: t.home, on: { click: goBack } };
  const facts = el('div', { class: 'head-facts' }, title, el('div', { class: 'head-line' }, connection.element, lifetime));
  return el('header', { class: 'head' }, el('a', props, icon('back')), facts, el('nav', { 'aria-label': strings.settings.title }, toggles));
}

/** Connects events of the chat to notifications. */
function connectNotifications(model, timeline) {
  const titles = coalesce(() => {
    if (!model.over && !model.signal.aborted) notifier.setTitle(model.title ?? t.untitled, timeline.unseen + model.door.knocks.size);
  });
  for (const event of ['read', 'chat', 'added', 'seen', 'knocks']) model.on(event, titles);
  model.on('knocked', ({ knock }) => notifier.notifyKnock(knock, () => model.door.knocks.size));
  model.on('added', ({ entries }) => {
    for (const entry of entries) if (model.isFromOthers(entry)) notifier.notifyMessage(displayName(entry.member));
  });
}

/** Follows up push notifications, where somebody is told by them. */
const watchPush = () =>
  storage.usesPush() && import('../lib/push.js').then(({ watch }) => watch(({ chat_id: about }) => about === model.id)).catch(() => null);

/** The views of the sidebar, which are loaded after the page. */
function sidebarViews(model) {
  const members = lazy(async () => {
    if (model.chat.kind === 'direct') return new (await import('../chat/person_card.js')).PersonCard(model);
    return new (await import('../chat/members.js')).Members(model);
  });
  const links = lazy(async () => new (await import('../chat/links.js')).Links(model));
  const settings = lazy(async () => new (await import('../chat/settings.js')).Settings(model));
  return {
    links: { title: strings.share.title, load: links },
    members: {
      get title() {
        return model.chat?.with ? plainText(model.title) : strings.members.title;
      },
      load: members,
    },
    settings: { title: strings.settings.title, load: settings },
  };
}

/** Builds the page; returns a function that shows it. */
function buildPage(model) {
  const views = sidebarViews(model);
  const sidebar = new Sidebar(views, model.signal);
  const connection = connectionStatus();
  const timeline = new Timeline(model);
  const composer = new Composer(model, timeline);
  const door = el('div', { class: 'door-side' });
  const knocks = lazy(async () => door.replaceWith(new (await import('../chat/knocks.js')).Knocks(model).element));
  const typing = lazy(async () => new (await import('../chat/typing.js')).Typing(model, composer));
  const later = [timeline.loadMenu, typing, ...Object.values(views).map(({ load }) => load)];
  const loadRest = () => (model.admits ? [knocks, ...later] : later).forEach((load) => load().catch(() => null));
  model.on('connection', ({ state }) => state === 'connected' && (loadRest(), showList()));
  connection.show(model.connection);
  connection.onRetryNow(() => model.retryNow());
  model.on('connection', ({ state, problem }) => connection.show(state, problem));
  connectNotifications(model, timeline);
  const main = el('main', { class: 'conversation' }, timeline.element, composer.element);
  const whole = el('div', { class: 'chat' }, header(model, sidebar, connection), door, main, sidebar.element);
  return () => {
    showPage(whole);
    document.body.classList.remove('with-sidebar');
    if (matchMedia('(pointer: fine)').matches) composer.focus();
    if (location.hash === '#invite' && model.admits) sidebar.open('links');
    history.replaceState(history.state, '', location.pathname);
  };
}

/** Opens a chat in place of the one that is shown. */
async function open(id) {
  const isFirst = model === null;
  model?.leave();
  const known = storage.chat(id);
  const signedIn = known ? Boolean(known.account) : session.account() !== null;
  const opened = (model = new ChatModel(id, signedIn ? session.credential : (known?.credential ?? null)));
  if (signedIn && !session.account()) return showSignedOut(id, 'ended');
  list?.select(id);
  let show = null;
  opened.on('read', () => {
    if (signedIn && opened.me) storage.saveChat(id, { account: true, owner: opened.owner, title: opened.title });
    show();
  });
  show = buildPage(opened);
  list?.model.observe(opened);
  opened.on('ended', ({ why, reason }) => (why === 'signed_out' ? showSignedOut(id, reason) : showEnded(id, why)));
  const sayLoading = () => opened.log.last > 0 || opened.signal.aborted || opened.over || showMessage(t.loading, '');
  if (isFirst) sayLoading();
  else pause(PATIENCE, opened.signal).then(sayLoading);
  try {
    await opened.open(once(() => showMessage(t.failedTitle, t.failed)));
    watchPush();
  } catch (problem) {
    if (!opened.over && !opened.signal.aborted) await showFailure(opened, known, problem);
  }
}

/** Shows why a chat could not be opened, or goes to where it is decided. */
async function showFailure({ id }, known, problem) {
  if (!problem.isGone) {
    const retry = button(t.retry, { class: 'plain', onClick: () => open(id) });
    return showMessage(t.failedTitle, problem.userMessage ?? String(problem), retry);
  }
  if (known) return showEnded(id, 'gone');
  const { linkInto } = await import('../chat/waiting_link.js');
  const link = await linkInto(id);
  if (link) return location.replace(`${base}/l/${link}`);
  forgetChat(id);
  return showMessage(t.strangerTitle, t.stranger, el('p', {}, el('a', { href: `${base}/` }, strings.door.home)));
}

/** Loads the list of chats where there is room for it. */
const loadList = lazy(async () => {
  const { loadChatList } = await import('../chats/chat_list.js');
  const onOpen = (id) => {
    history.pushState(null, '', `${base}/c/${id}`);
    open(id);
  };
  list = await loadChatList({ onOpen, side: true });
  list.select(model.id);
  list.model.observe(model);
  document.body.prepend(list.element);
});

const showList = () => WITH_LIST.matches && loadList().catch(() => null);

function hideList() {
  list?.model.stop();
  list?.element.remove();
  list = null;
}

/** Wraps a function so that it runs only once. */
function once(action) {
  let done = false;
  return () => done || ((done = true), action());
}

WITH_LIST.addEventListener('change', showList);
session.onEnd((reason) => (model.credential === session.credential ? model.end('signed_out', reason) : list && location.reload()));
addEventListener('popstate', () => idFromLocation(43) !== model.id && open(idFromLocation(43)));
open(idFromLocation(43));
