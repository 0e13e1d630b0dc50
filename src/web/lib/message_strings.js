// Strings about messages: what can be done with one, and reporting.

export const strings = {
  more: 'More',
  menu: 'What to do with it',

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
