// Notes what a page would let be heard and seen outside of it: the browser's sounds, notifications, and whether it is looked at.

/**
 * Puts the spies into a person's pages, before anything else runs there. Notifications are allowed as `standing` says, and as `answer` says
 * once the page has asked.
 */
export async function spied(person, { standing = 'default', answer = 'granted' } = {}) {
  await person.context.addInitScript(
    (permissions) => {
      const told = { sounds: [], notifications: [], asked: 0, hidden: false };
      globalThis.told = told;
      globalThis.OscillatorNode = class extends OscillatorNode {
        start(at) {
          told.sounds.push({ at: performance.now(), frequency: this.frequency.value });
          super.start(at);
        }
      };
      globalThis.AudioContext = class extends AudioContext {
        constructor() {
          super();
          globalThis.audio = this;
        }
      };
      globalThis.Notification = class {
        static permission = permissions.standing;

        static async requestPermission() {
          told.asked += 1;
          return (this.permission = permissions.answer);
        }

        constructor(title, { body }) {
          this.noted = { at: performance.now(), title, body, closed: false };
          told.notifications.push(this.noted);
        }

        close() {
          this.noted.closed = true;
        }
      };
      Object.defineProperty(document, 'hidden', { get: () => told.hidden });
      Object.defineProperty(document, 'visibilityState', { get: () => (told.hidden ? 'hidden' : 'visible') });
    },
    { standing, answer },
  );
}

/** Has somebody look elsewhere, or back at the page. */
async function turns({ page }, hidden) {
  await page.evaluate((away) => {
    globalThis.told.hidden = away;
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

/** Waits until the page, which has been clicked, can be heard: what would sound before that is not. */
export const audible = ({ page }) => page.waitForFunction(() => globalThis.audio?.state === 'running');

/** Somebody looks elsewhere: the page is hidden from then on. */
export const looksAway = (person) => turns(person, true);

/** Somebody looks at the page again. */
export const looksBack = (person) => turns(person, false);

/** What the spies noted: `{sounds, notifications, asked}`; a sound is all tones that begin together. */
export async function told({ page }) {
  const { sounds, ...rest } = await page.evaluate(() => globalThis.told);
  return { ...rest, sounds: sounds.filter(({ at }, i) => i === 0 || at - sounds[i - 1].at > 50) };
}
