// Forms that call the API: fields, and a button that waits for the response.

import { el, field, freshId } from './dom.js';
import { busyStatus, problemMessage } from './layout.js';

/** A text field. */
export const textField = (label, name, { hint, optional, ...props } = {}) =>
  field(label, el('input', { name, ...props }), { hint, optional });

/** A checkbox with a hint. */
export function checkField(label, name, { hint, ...props } = {}) {
  const [id, described] = [freshId(), hint ? freshId() : null];
  const box = el('input', { type: 'checkbox', id, name, 'aria-describedby': described, ...props });
  return el(
    'div',
    {},
    el('label', { class: 'check', for: id }, box, el('span', {}, label)),
    hint ? el('p', { class: 'hint check-hint', id: described }, hint) : null,
  );
}

/** The values of a form by name: booleans of checkboxes, passwords as they are, other texts without spaces around them. */
function valuesOf(form) {
  const named = [...form.elements].filter(({ name }) => name);
  const valueOf = ({ type, value, checked, autocomplete }) =>
    type === 'checkbox' ? checked : autocomplete?.endsWith('-password') ? value : value.trim();
  return Object.fromEntries(named.map((control) => [control.name, valueOf(control)]));
}

/**
 * A form; `action(values, options)` is called when it is submitted, and its problem is shown. A string that it returns is shown as
 * what has happened. `cancel` is a button before the one that submits.
 */
export function apiForm({ fields, submit, cancel = null, kind = 'primary', ...props }, action) {
  const send = el('button', { class: kind, type: 'submit' }, submit);
  const [fault, busy, done] = [problemMessage(), busyStatus(), el('p', { class: 'hint', role: 'status' })];
  const form = el('form', { class: 'stack', ...props }, fields, fault, busy, el('div', { class: 'buttons' }, cancel, send, done));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    send.disabled = true;
    fault.show('');
    done.textContent = '';
    let wrong = null;
    try {
      done.textContent = (await busy.run((options) => action(valuesOf(form), options))) ?? '';
    } catch (problem) {
      fault.show(problem.userMessage ?? String(problem));
      wrong = problem.field && form.elements.namedItem(problem.field);
    }
    send.disabled = false;
    for (const control of form.elements) control.removeAttribute('aria-invalid');
    wrong?.setAttribute?.('aria-invalid', 'true');
    if (form.isConnected) (wrong || send).focus();
  });
  return form;
}
