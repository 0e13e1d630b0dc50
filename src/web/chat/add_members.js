// The dialog that adds people to a group.

import { button } from '../lib/dom.js';
import { apiForm } from '../lib/form.js';
import { showModal } from '../lib/modal.js';
import { strings } from '../lib/group_strings.js';
import { strings as pageStrings } from '../lib/strings.js';
import { MembersPicker } from '../chats/members_picker.js';

const t = strings.members;

/** Shows the dialog. People are added one by one; who was added stays added if the next one does not want to be. */
export function addMembers(model) {
  const there = [...model.members.values()].map(({ username }) => username).filter(Boolean);
  const picker = new MembersPicker(there);
  const cancel = button(pageStrings.cancel, { class: 'plain', onClick: () => dialog.close() });
  const form = apiForm({ fields: [picker.element], submit: t.added, cancel }, async () => {
    for (const username of picker.usernames) await add(model, username);
    dialog.close();
  });
  const dialog = showModal(t.add, form);
}

async function add(model, username) {
  const path = `/v1/groups/${encodeURIComponent(model.chat.group.name)}/members`;
  await model.call('POST', path, { body: { username } }).catch((problem) => {
    if (problem.code !== 'not_accepted') throw problem;
    throw Object.assign(new Error(problem.code), { userMessage: strings.newGroup.refused([`@${username}`]) });
  });
}
