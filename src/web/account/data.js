// The account's data, and how it is deleted.

import { confirmDialog } from '../lib/confirm_dialog.js';
import { el } from '../lib/dom.js';
import { apiForm, passwordField } from '../lib/form.js';
import * as session from '../lib/session.js';
import { strings } from '../lib/account_strings.js';
import { section } from './section.js';

const t = strings.data;

export function dataSection(model) {
  const fields = [
    el('p', { class: 'hint' }, t.removeLead),
    passwordField(strings.currentPassword, 'current_password', { autocomplete: 'current-password' }),
  ];
  const form = apiForm({ 'aria-label': t.remove, submit: t.submit, kind: 'danger', fields }, async (body) => {
    if (!(await confirmDialog(t.sure, t.text, [[true, t.submit]]))) return;
    await model.call('DELETE', '/v1/me', { body });
    session.end('deleted');
  });
  return section(t.title, el('details', {}, el('summary', {}, t.remove), form));
}
