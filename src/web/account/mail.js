// The account's e-mail address.

import { confirmDialog } from '../lib/confirm_dialog.js';
import { button, el, fill } from '../lib/dom.js';
import { apiForm, textField } from '../lib/form.js';
import { problemMessage } from '../lib/layout.js';
import { strings } from '../lib/account_strings.js';
import { passwordField } from '../lib/password_field.js';
import { section } from './section.js';

const t = strings.mail;

/** The form that changes or removes the address. */
function changeForm(model) {
  const remove = button(t.remove, { class: 'quiet', hidden: true });
  const fields = [
    textField(t.address, 'email', {
      type: 'email',
      required: true,
      maxlength: 254,
      autocomplete: 'email',
      autocapitalize: 'none',
      dir: 'ltr',
    }),
    passwordField(strings.currentPassword, 'current_password', { autocomplete: 'current-password' }),
  ];
  const form = apiForm({ 'aria-label': t.change, submit: t.submit, kind: 'plain', fields }, async (values) => {
    await model.change(values);
    form.reset();
    return t.changed;
  });
  const fault = problemMessage();
  remove.addEventListener('click', async () => {
    const { current_password: password } = form.elements;
    if (!password.reportValidity()) return;
    if (!(await confirmDialog(t.removeSure, t.removeText, [[true, t.remove]]))) return;
    fault.show('');
    await model.change({ email: null, current_password: password.value }).then(
      () => form.reset(),
      (problem) => fault.show(problem.userMessage ?? String(problem)),
    );
  });
  form.append(fault, remove);
  form.update = ({ email }) => (remove.hidden = email === null);
  return form;
}

export function mailSection(model) {
  const address = el('div', {});
  const sent = el('p', { class: 'hint', role: 'status' });
  const send = button(t.send, {
    class: 'plain',
    onClick: async () => {
      const request = model.call('POST', '/v1/me/email-verification');
      sent.textContent = await request.then(
        () => t.sent,
        (problem) => problem.userMessage,
      );
    },
  });
  const summary = el('summary', {});
  const form = changeForm(model);
  const update = () => {
    const { email, email_verified: verified, email_pending: pending } = model.me;
    const state = verified ? t.verified : t.unverified;
    fill(
      address,
      email ? el('p', {}, el('strong', { dir: 'ltr' }, email), ` · ${state}`) : el('p', {}, t.none),
      pending && el('p', {}, t.pending(pending)),
    );
    send.hidden = !pending && (!email || verified);
    summary.textContent = email ? t.change : t.add;
    form.update(model.me);
  };
  model.on('me', update);
  update();
  const details = el('details', {}, summary, form);
  return section(t.title, el('p', { class: 'hint' }, t.lead), address, el('div', { class: 'buttons' }, send), sent, details);
}
