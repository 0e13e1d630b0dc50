// A chat's page: joins its parts, and says so when there is nothing to show any more.

import { base } from './base.js';
import { idHere, now } from './api.js';
import { Attention } from './attention.js';
import { About } from './chat/about.js';
import { Composer } from './chat/composer.js';
import { nameOf } from './chat/entries.js';
import { Knocks } from './chat/knocks.js';
import { Links } from './chat/links.js';
import { Panel } from './chat/panel.js';
import { People } from './chat/people.js';
import { Room } from './chat/room.js';
import { Timeline } from './chat/timeline.js';
import { connectionLine } from './connection.js';
import { button, coalesced, el, fill, icon } from './dom.js';
import { brand, footer, frame } from './frame.js';
import * as kept from './kept.js';
import { named } from './text.js';
import { remaining } from './time.js';
import { words } from './words.js';

const w = words.chat;
const id = idHere(43);
const attention = new Attention();

/** A page with one thing to say. */
function says(title, text, ...more) {
  attention.titled(title, 0);
  const heading = el('h1', { tabindex: '-1' }, title);
  frame(
    brand(),
    el('main', { class: 'page' }, el('div', { class: 'card stack' }, heading, el('p', { role: 'status' }, text), more)),
    footer(),
  );
  heading.focus();
}

/** Nothing of a chat that is over stays, neither on the page nor in the browser. */
function ends(why) {
  kept.forgetChat(id);
  says(w[`${why}Title`] ?? w.endedTitle, w[why], el('p', {}, el('a', { class: 'primary', href: `${base}/` }, words.door.home)));
}

/** The head of the page: where we are, how long it lasts, how the connection stands. */
function head(room, panel, connection) {
  const title = el('h1', {});
  const people = el('span', { class: 'wide-only' });
  const lives = el('span', { class: 'lives' });
  const shows = () => {
    const { chat } = room;
    if (!chat) return;
    const left = remaining(Date.parse(chat.expires_at) - now());
    people.textContent = w.people(room.members.size);
    toggles[1].ariaLabel = words.people.titleName(people.textContent);
    lives.textContent = w.goneIn(left);
    lives.title = w.goneInLong(left);
  };
  const keeps = () => {
    const { title: called, expires_at: expires } = room.chat;
    fill(title, named(called ?? w.untitled));
    kept.updateChat(id, { title: called, expires_at: expires, owner: room.owner });
  };
  room.on('chat', keeps);
  for (const event of ['chat', 'members', 'added']) room.on(event, shows);
  setInterval(shows, 1_000);
  const toggles = [
    panel.toggle('links', [icon('link'), el('span', { class: 'wide-only' }, words.share.open)], {
      class: 'plain',
      'aria-label': words.share.openName,
    }),
    panel.toggle('people', [icon('people'), people], { class: 'quiet', 'aria-label': words.people.title }),
    panel.toggle('about', [icon('more')], { class: 'quiet', 'aria-label': words.about.title }),
  ];
  room.on('chat', () => (toggles[0].hidden = !room.owner));
  const back = el('a', { href: `${base}/`, class: 'quiet button', 'aria-label': w.home, title: w.home }, icon('back'));
  const facts = el('div', { class: 'head-facts' }, title, el('div', { class: 'head-line' }, connection.element, lives));
  return el('header', { class: 'head' }, back, facts, el('nav', { 'aria-label': words.about.title }, toggles));
}

/** What calls for the owner, or for the reader. */
function calls(room, timeline) {
  const titles = coalesced(() => room.over || attention.titled(room.chat?.title ?? w.untitled, timeline.unseen + room.door.knocks.size));
  for (const event of ['read', 'chat', 'added', 'seen', 'knocks']) room.on(event, titles);
  room.on('knocked', ({ knock }) => attention.knocked(knock, () => room.door.knocks.size));
  room.on('added', ({ entries }) => {
    for (const { kind, member } of entries) if (kind === 'message' && member?.id !== room.me?.id) attention.wrote(nameOf(member));
  });
}

/** The whole page of a chat. */
function shows(room) {
  const views = { links: new Links(room), people: new People(room), about: new About(room) };
  const panel = new Panel(views);
  const connection = connectionLine();
  const timeline = new Timeline(room);
  const composer = new Composer(room, timeline);
  connection.show(room.connection);
  connection.onHurry(() => room.hurry());
  room.on('connection', ({ state, problem }) => connection.show(state, problem));
  calls(room, timeline);
  const main = el('main', { class: 'talk' }, timeline.element, composer.element);
  const whole = el('div', { class: 'chat' }, head(room, panel, connection), new Knocks(room).element, main, panel.element);
  return () => {
    frame(whole);
    if (matchMedia('(pointer: fine)').matches) composer.focus();
    if (location.hash === '#invite' && room.owner) panel.open('links');
    history.replaceState(null, '', location.pathname);
  };
}

async function begins() {
  const known = kept.chat(id);
  const room = new Room(id, known?.credential ?? null);
  let show = null;
  room.on('read', () => show());
  show = shows(room);
  room.on('ended', ({ why }) => ends(why));
  says(w.loading, '');
  try {
    await room.open(once(() => says(w.failedTitle, w.failed)));
  } catch (problem) {
    if (!problem.gone) return says(w.failedTitle, problem.sentence ?? String(problem), button(w.retry, { class: 'plain', act: begins }));
    if (known) return ends('gone');
    kept.forgetChat(id);
    says(w.strangerTitle, w.stranger, el('p', {}, el('a', { href: `${base}/` }, words.door.home)));
  }
}

/** The same, but only the first time. */
function once(act) {
  let done = false;
  return () => done || ((done = true), act());
}

begins();
