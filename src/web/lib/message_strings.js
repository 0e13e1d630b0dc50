// Strings about messages: what they show, and what can be done with one.

import { language } from './strings.js';

const plural = new Intl.PluralRules(language);

export const strings = {
  more: 'More',
  menu: 'What to do with it',
  edited: 'edited',
  editedAt: (moment) => `Edited on ${moment}`,
  delivered: 'Delivered',
  read: 'Read',
  deleted: 'Message deleted',
  earlier: 'An earlier message',
  kind: { image: 'An image', video: 'A video' },
  show: { image: 'Show the image', video: 'Watch the video' },

  reactions: {
    label: 'Reactions',
    you: 'You',
    count: (emoji, n) => `${emoji}, ${new Intl.NumberFormat(language).format(n)} ${plural.select(n) === 'one' ? 'time' : 'times'}`,
    names: { '👍': 'Thumbs up', '❤️': 'Heart', '😂': 'Tears of joy', '😮': 'Surprise', '😢': 'Sadness', '🎉': 'Celebration' },
  },

  reply: {
    action: 'Reply',
    to: (name) => ['Reply to ', name],
    cancel: 'Do not reply',
  },

  edit: {
    action: 'Edit',
    title: 'Edit your message',
    save: 'Save',
    cancel: 'Do not edit',
  },

  remove: {
    action: 'Delete…',
    sure: 'Delete this message?',
    text: 'Its text is gone for everybody, and cannot be brought back.',
    submit: 'Delete',
  },

  report: {
    action: 'Report…',
    title: 'Report this message',
    lead: 'Whoever runs this server reads your report, with the text of the message. The others in the chat are not told.',
    chat: 'Report the chat…',
    chatTitle: 'Report this chat',
    chatLead: 'Whoever runs this server reads your report. The others in the chat are not told.',
    reason: 'What is wrong?',
    submit: 'Report',
    done: 'Thank you',
    doneText: 'Your report has arrived.',
  },

  block: {
    action: (name) => `Block ${name}…`,
    sure: (name) => ['Block ', name, '?'],
    text: 'You are no friends any more, and nothing that they ask or send you reaches you. What they write in this chat stays. They are not told.',
    submit: 'Block',
    done: (name) => ['You have blocked ', name, '. Your account lists them.'],
  },
};
