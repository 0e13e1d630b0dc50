// A link's page: somebody says who they are, knocks, and waits until they are let in or are not.

import { base } from './base.js';
import { ask, call, chatPath, clears, idHere, keyring, linkPath, now, persistently, Problem, whenFree } from './api.js';
import { brand, busyLine, footer, frame, problemText } from './frame.js';
import { button, el, field, icon } from './dom.js';
import * as kept from './kept.js';
import { Stream } from './stream.js';
import { connectionLine } from './connection.js';
import { named, plain } from './text.js';
import { remaining, span } from './time.js';
import { words } from './words.js';

const w = words.door;
const link = idHere(27);
const main = el('main', { class: 'page' });
let leaving = null;
/** The stream of who waits here, or waited last. */
let waiting = null;

/** Shows one state of the page; `leave` ends what it has going on. */
function shows(title, content, { leave = null } = {}) {
  leaving?.();
  leaving = leave;
  const heading = el('h1', { tabindex: '-1' }, title);
  main.replaceChildren(el('div', { class: 'card stack door' }, heading, ...content.filter(Boolean)));
  document.title = title;
  if (document.activeElement === document.body) heading.focus({ preventScroll: true });
}

const home = () => el('p', {}, el('a', { href: `${base}/` }, w.home));
const paragraph = (text, props = {}) => el('p', props, text);

/** Who may not knock any more, or not yet. */
function showsForm() {
  const name = el('input', { name: 'name', required: true, maxlength: 40, autocomplete: 'nickname', value: kept.name.get() });
  const note = el('textarea', { name: 'note', maxlength: 280, rows: 2 });
  const submit = el('button', { class: 'primary', type: 'submit' }, icon('door'), el('span', {}, w.knock));
  const [fault, busy] = [problemText(), busyLine()];
  const fields = [field(w.name, name), field(w.note, note, { hint: w.noteHint, optional: words.optional })];
  const form = el('form', { class: 'stack', 'aria-label': w.knock }, fields, fault, busy, submit);
  const keyOf = keyring();
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    submit.disabled = true;
    fault.say('');
    try {
      await busy.during((options) => knocks(name.value.trim(), note.value.trim(), keyOf, options));
    } catch (problem) {
      if (problem.gone) return showsGone();
      fault.say(problem.sentence ?? String(problem));
    }
    submit.disabled = false;
    submit.focus();
  });
  shows(w.title, [paragraph(w.lead), form, paragraph(w.quiet, { class: 'hint' })]);
}

async function knocks(name, note, keyOf, options) {
  const body = { name, ...(note && { note }) };
  const exchange = await whenFree('POST', `${linkPath(link)}/knocks`, { body, key: keyOf(body), ...options });
  kept.name.set(name);
  kept.keepKnock(link, { client_id: exchange.client_id, knock_id: exchange.knock_id, code: exchange.code, name, since: now() });
  stands(exchange);
}

/** Shows how a knock stands. */
function stands(exchange) {
  const { status } = exchange;
  if (status === 'pending') return waits(exchange);
  if (status === 'approved') return enters(exchange);
  kept.forgetKnock(link);
  if (status === 'declined') return showsDeclined(exchange.reason);
  if (status === 'expired') return showsEnd(w.expired, w.expiredText);
  return showsEnd(w.withdrawn, w.withdrawnText);
}

/** The waiting room. */
function waits(exchange) {
  const knock = kept.knock(link);
  const since = el('p', { class: 'since' });
  const lapses = el('p', { class: 'hint' });
  const connection = connectionLine();
  const ticks = () => {
    const waited = now() - knock.since;
    since.textContent = waited < 10_000 ? w.justNow : w.since(span(waited));
    lapses.textContent = w.lapses(remaining(Date.parse(exchange.expires_at) - now()));
  };
  ticks();
  const timer = setInterval(ticks, 5_000);
  const stream = (waiting = new Stream(`${linkPath(link)}/events`, {
    credential: knock.client_id,
    heard: (event, data) => hears(event, data),
    changed: (state, problem) => connection.show(state, problem),
    ended: (problem) => problem && looks(),
  }));
  connection.onHurry(() => stream.hurry());
  const code = el(
    'div',
    { class: 'code' },
    el('p', { class: 'code-label' }, w.code),
    el('p', { class: 'code-words' }, exchange.code),
    el('p', { class: 'hint' }, w.codeHint),
  );
  const knocker = el('div', { class: 'waiting', 'aria-hidden': 'true' }, icon('door'));
  const withdraw = button(w.withdraw, { class: 'quiet', act: () => withdraws(withdraw) });
  const as = el('p', {}, w.waitAs(named(knock.name)));
  shows(w.waitTitle, [knocker, as, paragraph(w.wait), code, since, lapses, connection.element, withdraw], {
    leave: () => (clearInterval(timer), stream.stop()),
  });
  stream.follow();
}

function hears(event, data) {
  if (event === 'hello' && data.status !== 'pending') looks();
  if (event !== 'knock_decided') return null;
  stands(data);
  return 'last';
}

async function withdraws(pressed) {
  pressed.disabled = true;
  const knock = kept.knock(link);
  if (!knock) return showsForm();
  const { knock_id: id, client_id: credential } = knock;
  const response = await ask('DELETE', `${linkPath(link)}/knocks/${id}`, { credential }).catch(() => null);
  if (response?.ok) stands({ status: 'withdrawn' });
  else if (response) looks();
  else pressed.disabled = false;
}

/** Whether the credential that this browser holds for a chat still counts there. */
async function counts(id) {
  const held = kept.chat(id);
  if (!held) return false;
  const { credential } = held;
  return call('GET', `${chatPath(id)}?limit=1`, { credential }).then(
    () => true,
    (problem) => !problem.gone,
  );
}

/** Goes into the chat, whose credential is kept from now on. */
async function enters({ chat_url: url, client_id: credential, member }) {
  shows(w.approved, [paragraph(w.entering, { role: 'status' })]);
  const id = url.split('/').at(-1);
  const knock = kept.knock(link);
  if (!(await counts(id))) kept.keepChat(id, { credential: credential ?? knock?.client_id ?? null, owner: false, me: member?.id });
  if (knock) kept.keepKnock(link, { chat_id: id });
  if (waiting?.fellSilent) await clears();
  location.replace(`${base}/c/${id}`);
}

function showsDeclined(reason) {
  const quote = reason && [paragraph(w.reason), el('blockquote', { dir: 'auto' }, plain(reason))];
  shows(w.declined, [paragraph(w.declinedText), ...(quote || []), button(w.again, { class: 'plain', act: showsForm }), home()]);
}

function showsEnd(title, text) {
  shows(title, [paragraph(text), button(w.again, { class: 'plain', act: showsForm }), home()]);
}

function showsGone() {
  kept.forgetKnock(link);
  shows(w.gone, [paragraph(w.goneText), home()]);
}

/** Who was inside once and is not any more may knock again. */
function forgets() {
  kept.forgetKnock(link);
  showsForm();
}

/** Looks how our knock stands, which nobody sees. */
async function looks() {
  const knock = kept.knock(link);
  if (!knock) return showsForm();
  try {
    stands(
      await persistently('GET', linkPath(link), {
        credential: knock.client_id,
        onRetry: () => shows(w.waitTitle, [paragraph(words.problems.offline)]),
      }),
    );
  } catch (problem) {
    if (problem instanceof Problem && problem.gone) return knock.chat_id ? forgets() : showsGone();
    shows(w.waitTitle, [paragraph(problem.sentence ?? String(problem)), button(words.chat.retry, { class: 'plain', act: looks })]);
  }
}

/** A link into a chat that this browser holds leads there. */
function begins() {
  if (!kept.lasts()) return shows(w.title, [paragraph(words.start.noStorage), home()]);
  const id = kept.linkTo(link);
  if (id && kept.chat(id)) {
    shows(w.title, [paragraph(w.own), el('p', {}, el('a', { class: 'primary', href: `${base}/c/${id}` }, w.enter))]);
    return;
  }
  looks();
}

frame(brand(), main, footer());
begins();
addEventListener('pageshow', ({ persisted }) => persisted && begins());
