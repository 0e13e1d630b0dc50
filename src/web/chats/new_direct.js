// The dialog that begins a direct chat: whom one writes to, then the first message.

import { call, idempotencyKeys } from '../lib/api.js';
import { button, el, field, fill } from '../lib/dom.js';
import { apiForm } from '../lib/form.js';
import { showModal } from '../lib/modal.js';
import * as session from '../lib/session.js';
import { strings } from '../lib/group_strings.js';
import { strings as pageStrings } from '../lib/strings.js';
import { nameOf } from '../account/section.js';
import { PeoplePicker } from './people_picker.js';

const t = strings.direct;

/** The form with the first message to somebody. */
function firstMessage(user, { onOther, onSent }) {
  const keys = idempotencyKeys();
  const text = el('textarea', { name: 'text', required: true, rows: 3, maxlength: 8_192 });
  const other = button(t.other, { class: 'plain', onClick: onOther });
  const to = el('p', {}, t.to(nameOf(user)));
  const form = apiForm({ fields: [to, field(t.message, text)], submit: t.send, cancel: other }, async (values) => {
    const body = { to: `@${user.username}`, text: values.text };
    onSent(await call('POST', '/v1/messages', { credential: session.credential, body, key: keys(body) }));
  });
  return { form, text };
}

/** Shows the dialog. `chatWith(username)` is the id of a chat that there is already; `open(id)` opens a chat. */
export function newDirect(chatWith, open) {
  const place = el('div', { class: 'stack' });
  const go = (id) => {
    dialog.close();
    open(id);
  };
  const pick = (user) => {
    const there = chatWith(user.username);
    if (there) return go(there);
    const { form, text } = firstMessage(user, { onOther: choose, onSent: ({ chat_id: id }) => go(id) });
    fill(place, form);
    text.focus();
    return null;
  };
  const cancel = button(pageStrings.cancel, { class: 'plain', onClick: () => dialog.close() });
  const choose = () => {
    const picker = new PeoplePicker(pick, { pick: t.pick, pickName: t.pickName, always: ({ username }) => chatWith(username) });
    fill(place, picker.element, el('div', { class: 'buttons' }, cancel));
    picker.focus();
  };
  const dialog = showModal(t.title, place);
  choose();
}
