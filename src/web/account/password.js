// Changing the account's password.

import { el } from '../lib/dom.js';
import { apiForm } from '../lib/form.js';
import { strings } from '../lib/account_strings.js';
import { passwordField } from '../lib/password_field.js';
import { section } from './section.js';

const t = strings.passwords;

export function passwordSection(model) {
  const fields = [
    passwordField(strings.currentPassword, 'current_password', { autocomplete: 'current-password' }),
    passwordField(strings.newPassword, 'new_password', { autocomplete: 'new-password', minlength: 8, hint: strings.passwordHint }),
  ];
  const form = apiForm({ 'aria-label': t.change, submit: t.submit, kind: 'plain', fields }, async (body) => {
    await model.call('PUT', '/v1/me/password', { body });
    form.reset();
    model.emit('sessions');
    return t.done;
  });
  return section(t.title, el('details', {}, el('summary', {}, t.change), form));
}
