// Strings of direct chats and groups: beginning one, its people, its settings.

import { strings as accountStrings } from './account_strings.js';

const { friends, search } = accountStrings;

export const strings = {
  picker: {
    label: search.label,
    friends: 'Your friends',
    none: search.none,
    noFriends: 'You have no friends here yet. Search for somebody by name.',
    closed: 'takes messages from friends only',
    chosen: 'Chosen',
    add: 'Add',
    addName: (name) => `Add ${name}`,
    drop: 'Leave out',
    dropName: (name) => `Leave out ${name}`,
  },

  direct: {
    title: 'Write to somebody',
    pick: 'Write',
    pickName: (name) => `Write to ${name}`,
    to: (name) => ['To ', name],
    other: 'Somebody else',
    message: 'What you write first',
    send: 'Send',
  },

  newGroup: {
    title: 'Make a group',
    groupTitle: 'What it is called',
    name: 'Its name in addresses',
    nameHint: 'Letters, digits, dots, hyphens and underscores. Nobody else’s group has it.',
    description: 'What it is for',
    admission: 'Who comes in',
    members: 'Who is in it from the beginning',
    submit: 'Make the group',
    refused: (names) => `These do not let you add them: ${names.join(', ')}. Ask them to be friends, or send them a link.`,
  },

  admissions: [
    ['invite', 'Those we add, or by our links'],
    ['knock', 'People knock, and we decide'],
    ['open', 'People come straight in'],
  ],

  members: {
    admin: 'admin',
    add: 'Add people',
    added: 'Add them',
    more: (name) => `What to do about ${name}`,
    promote: 'Make an admin',
    demote: 'Make a member again',
    handOver: 'Hand the group over',
    handOverSure: (name) => ['Hand the group over to ', name, '?'],
    handOverText: 'They own it from then on, and you are an admin.',
    remove: 'Remove',
    removeText: 'They are told, and read nothing from then on. They come back only if somebody adds them.',
  },

  settings: {
    lifetime: 'Gone when nobody has written for',
    never: 'never gone',
    leave: 'Leave the group',
    leaveSure: 'Leave this group?',
    leaveText: 'You read nothing of it any more.',
    leaveOwner: 'The admin who was there longest owns it then, or else the member. If nobody is left, it ends.',
    close: 'Delete the group for everybody',
    closeSure: 'Delete this group for everybody?',
  },

  person: {
    online: friends.online,
    seen: friends.seen,
    ask: 'Ask to be friends',
    friend: 'You are friends.',
    asked: 'You have asked to be friends.',
    asks: 'They ask to be friends.',
    blocked: 'You have blocked them.',
    gone: 'There is no such account any more.',
    mute: 'Mute this chat',
    muteHint: 'No notifications come from it.',
    clear: 'Clear the chat',
    clearSure: 'Clear this chat?',
    clearText: 'What was written is gone for you, not for them. The chat comes back when one of you writes.',
  },
};
