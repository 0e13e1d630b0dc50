// Strings about being signed in, which every page may show.

export const strings = {
  signIn: 'Sign in',
  account: (name) => ['Signed in as ', name],
  guest: 'guest',
  noAccount: 'a guest, without an account',
  openedAs: (handle) => ['Opened with your account: the others see ', handle, ' beside the name.'],
  knockAs: (handle) => ['Knock with my account, ', handle],
  knockAsHint: 'They see it beside your name. Without it you are a guest, known to this browser alone.',
  knockSignIn: 'Sign in to knock with your account',
  bind: 'Keep it with my account',
  bindSure: (handle) => ['Keep this chat with ', handle, '?'],
  bindText: 'The others see your username beside your name, and this chat opens wherever you sign in.',
  deleted: (name) => [name, ' left: the account was deleted'],
  ended: {
    title: 'You are signed out',
    ended: 'You signed out, here or on another device. Nothing of your chats is kept in this browser.',
    expired: 'You have not been here for a long time, so you were signed out. Nothing of your chats is kept in this browser.',
    password: 'The password of your account was changed. Sign in with the new one.',
    suspended: 'Your account was suspended. Ask whoever runs this server.',
    deleted: 'Your account was deleted. Farewell, and come again.',
    again: 'Sign in again',
  },
};
