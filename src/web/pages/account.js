// The page of the account: profile, friends, sessions, and what ends it.

import { base } from '../lib/base.js';
import { button, el, fill } from '../lib/dom.js';
import { brand, footer, showPage } from '../lib/layout.js';
import { mainLink, paragraph, readOffers, showCard, startPage } from '../lib/account_page.js';
import { handle, isolatedName } from '../lib/safe_text.js';
import * as session from '../lib/session.js';
import { strings } from '../lib/account_strings.js';
import { strings as sessionStrings } from '../lib/session_strings.js';
import { AccountModel } from '../account/account_model.js';
import { dataSection } from '../account/data.js';
import { friendsSection } from '../account/friends.js';
import { mailSection } from '../account/mail.js';
import { passwordSection } from '../account/password.js';
import { People } from '../account/people.js';
import { searchSection } from '../account/people_search.js';
import { profileSection } from '../account/profile.js';
import { pushSection } from '../account/push.js';
import { sessionsSection } from '../account/sessions.js';

const t = strings.account;
let model = null;
/** True once the session has ended: what fails then is not shown. */
let over = false;

function showSignedOut(reason) {
  over = true;
  model?.stop();
  const texts = sessionStrings.ended;
  const title = reason === 'deleted' ? strings.data.gone : texts.title;
  const on = reason === 'deleted' ? mainLink('/', strings.home) : mainLink('/sign-in', texts.again);
  showCard(title, paragraph(texts[reason] ?? texts.ended), on);
}

/** Heading with the name, and the way out. */
function head() {
  const heading = el('h1', { tabindex: '-1' });
  const username = handle(model.me.username);
  const update = () => fill(heading, isolatedName(model.me.name));
  model.on('me', update);
  update();
  const out = button(t.signOut, { class: 'plain', icon: 'leave', onClick: () => ((out.disabled = true), session.signOut()) });
  return el('div', { class: 'account-head' }, el('div', {}, heading, el('p', {}, username)), out);
}

function show(offers) {
  const people = new People(model);
  const others = [friendsSection(model, people), searchSection(model, people)];
  const own = [
    profileSection(model),
    sessionsSection(model),
    pushSection(model),
    offers.mail && mailSection(model),
    passwordSection(model),
    dataSection(model),
  ];
  const columns = [others, own].map((sections) => el('div', { class: 'stack' }, sections));
  document.title = t.title;
  showPage(brand(), el('main', { class: 'page wide' }, head(), el('div', { class: 'account-columns' }, columns)), footer());
  document.querySelector('h1').focus({ preventScroll: true });
}

async function start() {
  if (!session.account()) return location.replace(`${base}/sign-in#/account`);
  model = new AccountModel();
  const notReached = () => showCard(t.title, paragraph(strings.notHere, { role: 'status' }));
  const [offers] = await Promise.all([readOffers(t.title), model.load(notReached)]);
  show(offers);
  model.follow();
}

session.onEnd(showSignedOut);
startPage(t.title, () => start().catch((problem) => over || Promise.reject(problem)));
addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
