// The dialog in which a member reports a message or the chat.

import { idempotencyKeys } from '../lib/api.js';
import { button, el, field, fill } from '../lib/dom.js';
import { apiForm } from '../lib/form.js';
import { strings as messageStrings } from '../lib/message_strings.js';
import { strings } from '../lib/strings.js';

const t = messageStrings.report;

/** Shows the dialog: for the message `seq`, or without it for the chat. */
export function reportDialog(model, seq = null) {
  const heading = el('h2', { id: 'report', tabindex: '-1' }, seq === null ? t.chatTitle : t.title);
  const keys = idempotencyKeys();
  const reason = el('textarea', { name: 'reason', required: true, maxlength: 280, rows: 3, autofocus: true });
  const cancel = button(strings.cancel, { class: 'plain', onClick: () => dialog.close() });
  const form = apiForm({ fields: [field(t.reason, reason)], submit: t.submit, cancel }, async (values) => {
    const body = { ...(seq !== null && { seq }), reason: onOneLine(values.reason) };
    await model.call('POST', `${model.path}/reports`, { body, key: keys(body) });
    showThanks(dialog, heading);
  });
  const dialog = el('dialog', { class: 'card stack', 'aria-labelledby': 'report' }, heading);
  dialog.append(el('p', {}, seq === null ? t.chatLead : t.lead), form);
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** Reasons have no line breaks. */
const onOneLine = (text) => text.replaceAll(/\s+/g, ' ');

function showThanks(dialog, heading) {
  heading.textContent = t.done;
  const close = button(strings.close, { class: 'primary', onClick: () => dialog.close() });
  fill(dialog, heading, el('p', { role: 'status' }, t.doneText), el('div', { class: 'buttons' }, close));
  close.focus();
}
