// The page to sign in.

import { button, el } from '../lib/dom.js';
import { goOn, mainLink, nextPath, paragraph, quietLinks, readOffers, showCard, startPage } from '../lib/account_page.js';
import { apiForm, checkField, textField } from '../lib/form.js';
import { deviceName } from '../lib/device.js';
import { passwordField } from '../lib/password_field.js';
import { handle } from '../lib/safe_text.js';
import * as session from '../lib/session.js';
import * as storage from '../lib/storage.js';
import { strings } from '../lib/account_strings.js';
import { strings as pageStrings } from '../lib/strings.js';

const t = strings.signIn;

function showSignedIn({ username }) {
  const out = button(t.signOut, { class: 'quiet', onClick: () => session.signOut() });
  const on = nextPath() === '/' ? mainLink('/account', t.account) : mainLink(nextPath(), strings.goOn);
  showCard(t.title, paragraph(t.already(handle(username))), on, el('p', {}, out));
}

function showForm({ registration, mail }) {
  const name = mail ? strings.usernameOrMail : strings.username;
  const form = apiForm(
    {
      'aria-label': t.title,
      submit: t.submit,
      fields: [
        textField(name, 'username', { required: true, autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', dir: 'ltr' }),
        passwordField(strings.password, 'password', { autocomplete: 'current-password' }),
        checkField(strings.shared, 'shared', { hint: strings.sharedHint }),
      ],
    },
    async (values) => {
      await session.signIn({ ...values, device: deviceName() });
      goOn();
    },
  );
  const { hash } = location;
  showCard(
    t.title,
    paragraph(t.lead),
    form,
    quietLinks(registration !== 'closed' && [`/sign-up${hash}`, t.signUp], mail && ['/reset', t.forgot]),
  );
}

async function start() {
  if (!storage.isPersistent()) return showCard(t.title, paragraph(pageStrings.start.noStorage, { class: 'warning' }));
  const account = session.account();
  if (account) return showSignedIn(account);
  showForm(await readOffers(t.title));
}

const show = () => startPage(t.title, start);
show();
session.onSignIn(goOn);
session.onEnd(show);
addEventListener('pageshow', ({ persisted }) => persisted && show());
