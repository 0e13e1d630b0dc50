// Strings of the list of chats, and of what begins a new one.

import { language, strings as pageStrings } from './strings.js';

const number = new Intl.NumberFormat(language);

export const strings = {
  title: 'Your chats',
  filter: 'Find a chat',
  nothingFound: 'No chat fits.',
  none: 'None yet. Begin one, and it stands here.',
  loading: 'One moment…',
  failed: 'Your chats are not reached just now. They come by themselves.',
  you: 'You: ',
  muted: 'muted',
  by: (name) => [name, ': '],
  typing: ([one, ...more]) => (more.length > 0 ? [`${number.format(1 + more.length)} people are typing…`] : [one, ' is typing…']),
  typingDirect: 'is typing…',
  unread: pageStrings.start.unread,
  knocking: pageStrings.start.knocking,

  begin: {
    title: 'Begin',
    direct: 'Write to somebody',
    group: 'Make a group',
    link: 'Open a chat with a link',
  },
};
