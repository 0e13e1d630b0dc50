// The page to make an account.

import { call, idempotencyKeys } from '../lib/api.js';
import { goOn, mainLink, paragraph, quietLinks, readOffers, showCard, startPage } from '../lib/account_page.js';
import { apiForm, checkField, textField } from '../lib/form.js';
import { deviceName } from '../lib/device.js';
import { passwordField } from '../lib/password_field.js';
import * as session from '../lib/session.js';
import * as storage from '../lib/storage.js';
import { strings } from '../lib/account_strings.js';
import { strings as pageStrings } from '../lib/strings.js';

const t = strings.signUp;

/** Fields for what this server asks for. */
function fields({ registration, mail }) {
  const { optional } = pageStrings;
  const plain = { autocapitalize: 'none', spellcheck: 'false', dir: 'ltr' };
  return [
    textField(strings.username, 'username', { required: true, maxlength: 32, autocomplete: 'username', hint: t.usernameHint, ...plain }),
    textField(t.name, 'name', { maxlength: 40, autocomplete: 'nickname', hint: t.nameHint, optional }),
    passwordField(strings.password, 'password', { autocomplete: 'new-password', minlength: 8, hint: strings.passwordHint }),
    mail &&
      textField(strings.email, 'email', { type: 'email', maxlength: 254, autocomplete: 'email', hint: t.emailHint, optional, ...plain }),
    registration === 'code' && textField(t.code, 'code', { required: true, autocomplete: 'off', hint: t.codeHint, ...plain }),
    checkField(strings.shared, 'shared', { hint: strings.sharedHint }),
  ].filter(Boolean);
}

/** Makes the account, and signs in. */
async function signUp({ shared, ...values }, keyOf) {
  const body = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
  await call('POST', '/v1/users', { body, key: keyOf(body) });
  await session.signIn({ ...values, device: deviceName(), shared });
  goOn();
}

async function start() {
  if (!storage.isPersistent()) return showCard(t.title, paragraph(pageStrings.start.noStorage, { class: 'warning' }));
  if (session.account()) return goOn();
  const offers = await readOffers(t.title);
  if (offers.registration === 'closed') return showCard(t.closedTitle, paragraph(t.closed), mainLink('/', strings.home));
  const keyOf = idempotencyKeys();
  const form = apiForm({ 'aria-label': t.title, submit: t.submit, fields: fields(offers) }, (values) => signUp(values, keyOf));
  showCard(t.title, paragraph(t.lead), form, quietLinks([`/sign-in${location.hash}`, t.signIn]));
}

startPage(t.title, start);
session.onSignIn(goOn);
