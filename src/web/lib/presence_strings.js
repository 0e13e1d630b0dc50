// Strings about who types and who is online.

import { language } from './strings.js';

const number = new Intl.NumberFormat(language);

export const strings = {
  online: 'online',
  onlineCount: (n) => `${number.format(n)} online`,
  /** Who types, by their names; of more than two the number says it. */
  typing: ([one, other, ...more]) => {
    if (more.length > 0) return [`${number.format(2 + more.length)} people are typing…`];
    return other ? [one, ' and ', other, ' are typing…'] : [one, ' is typing…'];
  },
};
