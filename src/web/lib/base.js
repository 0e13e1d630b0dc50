// The base path of Parlor on its origin, derived from the URL of this module: `<base>/web/<version>/lib/base.js`.

/** The path prefix of every URL of Parlor, such as `/chat`; empty if Parlor has the whole origin. */
export const base = new URL('../../..', import.meta.url).pathname.replace(/\/$/, '');
