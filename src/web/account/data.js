// The account's data: saved as a file, or deleted.

import { problemOf, request } from '../lib/api.js';
import { confirmDialog } from '../lib/confirm_dialog.js';
import { button, el } from '../lib/dom.js';
import { apiForm } from '../lib/form.js';
import { problemMessage } from '../lib/layout.js';
import { passwordField } from '../lib/password_field.js';
import * as session from '../lib/session.js';
import { strings } from '../lib/account_strings.js';
import { section } from './section.js';

const t = strings.data;
const EXPORT_TIMEOUT = 600_000;

/** Downloads everything of the account as the API exports it. */
async function saveAll({ me }) {
  const response = await request('GET', '/v1/me/export', { credential: session.credential, timeout: EXPORT_TIMEOUT });
  if (!response.ok) throw await problemOf(response);
  const url = URL.createObjectURL(await response.blob());
  el('a', { href: url, download: `${me.username}.ndjson` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export function dataSection(model) {
  const fault = problemMessage();
  const save = button(t.export, {
    class: 'plain',
    icon: 'file',
    onClick: () => (fault.show(''), saveAll(model).catch((problem) => fault.show(problem.userMessage ?? String(problem)))),
  });
  const fields = [
    el('p', { class: 'hint' }, t.removeLead),
    passwordField(strings.currentPassword, 'current_password', { autocomplete: 'current-password' }),
  ];
  const form = apiForm({ 'aria-label': t.remove, submit: t.submit, kind: 'danger', fields }, async (body) => {
    if (!(await confirmDialog(t.sure, t.text, [[true, t.submit]]))) return;
    await model.call('DELETE', '/v1/me', { body });
    session.end('deleted');
  });
  return section(t.title, el('div', { class: 'buttons' }, save), fault, el('details', {}, el('summary', {}, t.remove), form));
}
