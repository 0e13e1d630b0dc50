// Records sounds and notifications of a page, and simulates its visibility.

/**
 * Installs the spies before any script of the page. The permission for notifications is `standing` at first, and `answer` once the page
 * has requested it.
 */
export async function installSpies(person, { standing = 'default', answer = 'granted' } = {}) {
  await person.context.addInitScript(
    (permissions) => {
      const recorded = { sounds: [], notifications: [], asked: 0, hidden: false };
      globalThis.recorded = recorded;
      globalThis.OscillatorNode = class extends OscillatorNode {
        start(at) {
          recorded.sounds.push({ at: performance.now(), frequency: this.frequency.value });
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
          recorded.asked += 1;
          return (this.permission = permissions.answer);
        }

        constructor(title, { body }) {
          this.noted = { at: performance.now(), title, body, closed: false };
          recorded.notifications.push(this.noted);
        }

        close() {
          this.noted.closed = true;
        }
      };
      Object.defineProperty(document, 'hidden', { get: () => recorded.hidden });
      Object.defineProperty(document, 'visibilityState', { get: () => (recorded.hidden ? 'hidden' : 'visible') });
    },
    { standing, answer },
  );
}

/** Hides the page or makes it visible again. */
async function turns({ page }, hidden) {
  await page.evaluate((away) => {
    globalThis.recorded.hidden = away;
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

/** Waits until the page can play sounds, which requires a click. */
export const audible = ({ page }) => page.waitForFunction(() => globalThis.audio?.state === 'running');

/** Hides the page. */
export const looksAway = (person) => turns(person, true);

/** Makes the page visible again. */
export const looksBack = (person) => turns(person, false);

/** What the spies recorded: `{sounds, notifications, asked}`; tones that start together are one sound. */
export async function recorded({ page }) {
  const { sounds, ...rest } = await page.evaluate(() => globalThis.recorded);
  return { ...rest, sounds: sounds.filter(({ at }, i) => i === 0 || at - sounds[i - 1].at > 50) };
}
