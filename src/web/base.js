// Where Parlor stands below its origin: its modules do too, at `/web/<version>/`.

/** The path in front of every address of Parlor, such as `/chat`; empty where it has the whole origin. */
export const base = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');
