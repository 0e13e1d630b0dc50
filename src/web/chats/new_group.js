// The dialog that makes a group: what it is called, who comes in, who is in it.

import { call, idempotencyKeys } from '../lib/api.js';
import { button, choice, el, field } from '../lib/dom.js';
import { apiForm, textField } from '../lib/form.js';
import { showModal } from '../lib/modal.js';
import * as session from '../lib/session.js';
import { strings } from '../lib/group_strings.js';
import { strings as pageStrings } from '../lib/strings.js';
import { MembersPicker } from './members_picker.js';

const t = strings.newGroup;

/** A name in the form of usernames, from a title: as much of it as has such letters. */
const nameFrom = (title) =>
  title
    .normalize('NFKD')
    .replaceAll(/[\p{M}'’]/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 32)
    .replaceAll(/^-|-$/g, '');

/** Title and name; the name follows the title until one types it. */
function names() {
  const title = textField(t.groupTitle, 'title', { required: true, maxlength: 120, autocomplete: 'off', autofocus: true });
  const name = textField(t.name, 'name', {
    hint: t.nameHint,
    required: true,
    minlength: 2,
    maxlength: 32,
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
  });
  const [titleInput, nameInput] = [title, name].map((one) => one.querySelector('input'));
  let typed = false;
  nameInput.addEventListener('input', () => (typed = nameInput.value !== ''));
  titleInput.addEventListener('input', () => typed || (nameInput.value = nameFrom(titleInput.value)));
  return [title, name];
}

/** Says who does not let themselves be added. */
export const withNames = (problem) => {
  if (problem.code !== 'not_accepted' || !problem.usernames) throw problem;
  throw Object.assign(new Error(problem.code), { userMessage: t.refused(problem.usernames.map((name) => `@${name}`)) });
};

/** Shows the dialog; `open(id)` opens the new group. */
export function newGroup(open) {
  const keys = idempotencyKeys();
  const picker = new MembersPicker();
  const description = el('textarea', { name: 'description', maxlength: 1_000, rows: 2 });
  const admission = choice(strings.admissions, 'invite', { name: 'admission' });
  const members = el('fieldset', { class: 'stack' }, el('legend', {}, t.members), picker.element);
  const fields = [
    ...names(),
    field(t.description, description, { optional: pageStrings.optional }),
    field(t.admission, admission),
    members,
  ];
  const cancel = button(pageStrings.cancel, { class: 'plain', onClick: () => dialog.close() });
  const form = apiForm({ fields, submit: t.submit, cancel }, async ({ title, name, description: about, admission: kind }) => {
    const body = { title, name, admission: kind, members: picker.usernames, ...(about && { description: about }) };
    const group = await call('POST', '/v1/groups', { credential: session.credential, body, key: keys(body) }).catch(withNames);
    dialog.close();
    open(group.chat_id);
  });
  const dialog = showModal(t.title, form);
}
