// The page for a new password: asks for a mail, and sets the password where the mail's link leads.

import { call } from '../lib/api.js';
import { mainLink, paragraph, quietLinks, readOffers, showCard, startPage } from '../lib/account_page.js';
import { apiForm, textField } from '../lib/form.js';
import { strings } from '../lib/account_strings.js';
import { passwordField } from '../lib/password_field.js';

const t = strings.reset;
/** The token, which leaves the page's URL and the history at once. */
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);

/** Shows the form that asks for a mail. */
function showRequest() {
  const address = textField(strings.email, 'email', {
    type: 'email',
    required: true,
    maxlength: 254,
    autocomplete: 'email',
    autocapitalize: 'none',
    dir: 'ltr',
  });
  const form = apiForm({ 'aria-label': t.title, submit: t.submit, fields: [address] }, async ({ email }) => {
    await call('POST', '/v1/password-resets', { body: { email } });
    showCard(t.sent, paragraph(t.sentText), mainLink('/sign-in', strings.signIn.title));
  });
  showCard(t.title, paragraph(t.lead), form);
}

/** Shows the form that sets the password. */
function showPassword() {
  const password = passwordField(strings.newPassword, 'new_password', {
    autocomplete: 'new-password',
    minlength: 8,
    hint: strings.passwordHint,
  });
  const form = apiForm({ 'aria-label': t.title, submit: t.set, fields: [password] }, async (values) => {
    await call('POST', '/v1/password-resets/confirm', { body: { token, ...values } });
    showCard(t.done, paragraph(t.doneText), mainLink('/sign-in', strings.signIn.title));
  });
  showCard(t.title, paragraph(t.setLead), form, quietLinks(['/reset', t.again]));
}

async function start() {
  if (token) return showPassword();
  const { mail } = await readOffers(t.title);
  if (mail) return showRequest();
  showCard(t.noMail, paragraph(t.noMailText), mainLink('/', strings.home));
}

startPage(t.title, start);
addEventListener('hashchange', () => location.reload());
