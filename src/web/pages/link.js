// The link page: a guest enters a name, knocks, and waits for the decision.

import { base } from '../lib/base.js';
import {
  request,
  call,
  chatPath,
  closeIdleConnections,
  idFromLocation,
  idempotencyKeys,
  linkPath,
  now,
  callWithRetry,
  Problem,
  callWhenFree,
} from '../lib/api.js';
import { brand, busyStatus, footer, showPage, problemMessage } from '../lib/layout.js';
import { button, el, field, fill, icon, lazy } from '../lib/dom.js';
import { forgetKnock } from '../lib/forget.js';
import * as session from '../lib/session.js';
import { strings as sessionStrings } from '../lib/session_strings.js';
import * as storage from '../lib/storage.js';
import { Stream } from '../lib/stream.js';
import { connectionStatus } from '../lib/connection_status.js';
import { handle, isolatedName, plainText } from '../lib/safe_text.js';
import { remaining, span } from '../lib/time.js';
import { strings } from '../lib/strings.js';

const t = strings.door;
const link = idFromLocation(27);
const main = el('main', { class: 'page' });
let leaveState = null;
let signOutState = null;
/** The stream of the current or last knock. */
let waiting = null;

/** Shows a state of the page; `leave` is called when the next one replaces it, `signedOut` when the session ends. */
function showState(title, content, { leave = null, signedOut = null } = {}) {
  leaveState?.();
  leaveState = leave;
  signOutState = signedOut;
  const heading = el('h1', { tabindex: '-1' }, title);
  main.replaceChildren(el('div', { class: 'card stack door' }, heading, ...content.filter(Boolean)));
  document.title = title;
  if (document.activeElement === document.body) heading.focus({ preventScroll: true });
}

const home = () => el('p', {}, el('a', { href: `${base}/` }, t.home));
const paragraph = (text, props = {}) => el('p', props, text);

/** The choice to knock with the account, or a way to sign in; `asAccount()` tells what was chosen. */
function accountChoice(account) {
  const t = sessionStrings;
  if (!account) return { element: el('p', {}, el('a', { href: `${base}/sign-in#/l/${link}` }, t.knockSignIn)), asAccount: () => false };
  const box = el('input', { type: 'checkbox', id: 'as', checked: true, 'aria-describedby': 'as-hint' });
  const label = el('label', { class: 'check', for: 'as' }, box, el('span', {}, t.knockAs(handle(account.username))));
  return {
    element: el('div', {}, label, el('p', { class: 'hint check-hint', id: 'as-hint' }, t.knockAsHint)),
    asAccount: () => box.checked,
  };
}

/** Shows the form to knock. */
function showForm() {
  const account = session.account();
  const known = account?.name ?? storage.name.get();
  const name = el('input', { name: 'name', required: true, maxlength: 40, autocomplete: 'nickname', value: known });
  const { element: choice, asAccount } = accountChoice(account);
  const note = el('textarea', { name: 'note', maxlength: 280, rows: 2 });
  const submit = el('button', { class: 'primary', type: 'submit' }, icon('door'), el('span', {}, t.knock));
  const [fault, busy] = [problemMessage(), busyStatus()];
  const fields = [field(t.name, name), field(t.note, note, { hint: t.noteHint, optional: strings.optional })];
  const form = el('form', { class: 'stack', 'aria-label': t.knock }, fields, account && choice, fault, busy, submit);
  const keyOf = idempotencyKeys();
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    submit.disabled = true;
    fault.show('');
    try {
      const knock = { name: name.value.trim(), note: note.value.trim(), account: asAccount() };
      await busy.run((options) => sendKnock(knock, keyOf, options));
    } catch (problem) {
      if (problem.isGone) return showGone();
      fault.show(problem.userMessage ?? String(problem));
    }
    submit.disabled = false;
    submit.focus();
  });
  showState(t.title, [paragraph(t.lead), form, paragraph(t.quiet, { class: 'hint' }), account ? null : choice], {
    signedOut: () => showForm(),
  });
}

async function sendKnock({ name, note, account }, keyOf, options) {
  const body = { name, ...(note && { note }) };
  const credential = account ? session.credential : null;
  const exchange = await callWhenFree('POST', `${linkPath(link)}/knocks`, { credential, body, key: keyOf(body), ...options });
  const { client_id, knock_id, code } = exchange;
  if (!account) storage.name.set(name);
  storage.saveKnock(link, { client_id, knock_id, code, name, since: now(), ...(account && { account }) });
  showStatus(exchange);
}

/** Shows the status of a knock. */
function showStatus(exchange) {
  const { status } = exchange;
  if (status === 'pending') return showWaiting(exchange);
  if (status === 'approved') return enterChat(exchange);
  forgetKnock(link);
  if (status === 'declined') return showDeclined(exchange.reason);
  if (status === 'expired') return showEnd(t.expired, t.expiredText);
  return showEnd(t.withdrawn, t.withdrawnText);
}

/** Shows the waiting room. */
function showWaiting(exchange) {
  const knock = storage.knock(link);
  const since = el('p', { class: 'since' });
  const expiry = el('p', { class: 'hint' });
  const connection = connectionStatus();
  const tick = () => {
    const waited = now() - knock.since;
    since.textContent = waited < 10_000 ? t.justNow : t.since(span(waited));
    expiry.textContent = t.lapses(remaining(Date.parse(exchange.expires_at) - now()));
  };
  tick();
  const timer = setInterval(tick, 5_000);
  const offer = offerPlace(knock);
  const stream = (waiting = new Stream(`${linkPath(link)}/events`, {
    credential: session.credentialOf(knock, 'client_id'),
    onEvent: (event, data) => handleEvent(event, data),
    onState: (state, problem) => {
      connection.show(state, problem);
      if (state === 'connected') offer.load();
    },
    onEnd: (problem) => problem && checkKnock(),
  }));
  connection.onRetryNow(() => stream.retryNow());
  const code = el(
    'div',
    { class: 'code' },
    el('p', { class: 'code-label' }, t.code),
    el('p', { class: 'code-words' }, exchange.code),
    el('p', { class: 'hint' }, t.codeHint),
  );
  const knocker = el('div', { class: 'waiting', 'aria-hidden': 'true' }, icon('door'));
  const withdraw = button(t.withdraw, { class: 'quiet', onClick: () => withdrawKnock(withdraw) });
  const as = el('p', {}, t.waitAs(isolatedName(knock.name)));
  showState(t.waitTitle, [knocker, as, paragraph(t.wait), code, since, expiry, connection.element, offer, withdraw], {
    leave: () => (clearInterval(timer), stream.stop()),
    signedOut: knock.account && showSignedOut,
  });
  stream.follow();
}

/** Loads the offer of push notifications, which only those see who wait. */
const loadOffer = lazy(() => import('../lib/push_offer.js'));

/** A place for the offer, which `load()` fills once. */
function offerPlace({ account }) {
  const place = el('div', { hidden: true });
  place.load = async () => {
    const offer = await loadOffer().catch(() => null);
    if (!offer || !place.hidden) return;
    place.hidden = false;
    fill(place, offer.pushOffer(link, account));
  };
  return place;
}

function handleEvent(event, data) {
  if (event === 'signed_out') return (session.end(data.reason), 'last');
  if (event === 'hello' && data.status !== 'pending') checkKnock();
  if (event !== 'knock_decided') return null;
  showStatus(data);
  return 'last';
}

async function withdrawKnock(pressed) {
  pressed.disabled = true;
  const knock = storage.knock(link);
  if (!knock) return showForm();
  const { knock_id: id } = knock;
  const credential = session.credentialOf(knock, 'client_id');
  const response = await request('DELETE', `${linkPath(link)}/knocks/${id}`, { credential }).catch(() => null);
  if (response?.ok) showStatus({ status: 'withdrawn' });
  else if (response) checkKnock();
  else pressed.disabled = false;
}

/** Returns true if the stored credential of a chat is still valid. */
async function isStillMember(id) {
  const held = storage.chat(id);
  if (!held) return false;
  const credential = session.credentialOf(held, 'credential');
  return call('GET', `${chatPath(id)}?limit=1`, { credential }).then(
    () => true,
    (problem) => !problem.isGone,
  );
}

/** Stores the credential and opens the chat. */
async function enterChat({ chat_url: url, client_id: credential, member }) {
  showState(t.approved, [paragraph(t.entering, { role: 'status' })]);
  const id = url.split('/').at(-1);
  const knock = storage.knock(link);
  const account = knock?.account ?? false;
  const secret = account ? null : (credential ?? knock?.client_id ?? null);
  const push = knock?.push ?? null;
  if (!(await isStillMember(id)))
    storage.saveChat(id, { account, credential: secret, owner: member?.role === 'owner', me: member?.id, push });
  if (knock) storage.saveKnock(link, { chat_id: id, push: null });
  if (waiting?.fellSilent) await closeIdleConnections();
  location.replace(`${base}/c/${id}`);
}

function showDeclined(reason) {
  const quote = reason && [paragraph(t.reason), el('blockquote', { dir: 'auto' }, plainText(reason))];
  showState(t.declined, [paragraph(t.declinedText), ...(quote || []), button(t.again, { class: 'plain', onClick: showForm }), home()]);
}

function showEnd(title, text) {
  showState(title, [paragraph(text), button(t.again, { class: 'plain', onClick: showForm }), home()]);
}

function showGone() {
  forgetKnock(link);
  showState(t.gone, [paragraph(t.goneText), home()]);
}

/** Lets a former member knock again. */
function startAgain() {
  forgetKnock(link);
  showForm();
}

/** Loads the status of the own knock; the owner does not notice. */
async function checkKnock() {
  const knock = storage.knock(link);
  if (!knock) return showForm();
  try {
    showStatus(
      await callWithRetry('GET', linkPath(link), {
        credential: session.credentialOf(knock, 'client_id'),
        onRetry: () => showState(t.waitTitle, [paragraph(strings.problems.offline)]),
      }),
    );
  } catch (problem) {
    if (problem instanceof Problem && problem.isGone) return knock.chat_id ? startAgain() : showGone();
    showState(t.waitTitle, [
      paragraph(problem.userMessage ?? String(problem)),
      button(strings.chat.retry, { class: 'plain', onClick: checkKnock }),
    ]);
  }
}

/** Shows that the account was signed out while its knock waited. */
function showSignedOut(reason) {
  const texts = sessionStrings.ended;
  const again = el('a', { class: 'primary', href: `${base}/sign-in#/l/${link}` }, texts.again);
  showState(texts.title, [paragraph(texts[reason] ?? texts.ended), el('p', {}, again)]);
}

/** Starts the page; a link into a chat that this browser belongs to leads there. */
function start() {
  if (!storage.isPersistent()) return showState(t.title, [paragraph(strings.start.noStorage), home()]);
  const id = storage.chatOfLink(link);
  if (id && storage.chat(id)) {
    showState(t.title, [paragraph(t.own), el('p', {}, el('a', { class: 'primary', href: `${base}/c/${id}` }, t.enter))]);
    return;
  }
  checkKnock();
  loadOffer().catch(() => null);
}

showPage(brand(), main, footer());
start();
session.onEnd((reason) => signOutState?.(reason));
addEventListener('pageshow', ({ persisted }) => persisted && start());
