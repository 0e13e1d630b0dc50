// Somebody at a browser of their own, who notices whatever a page does wrong.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { faults } from './axe.mjs';
import { watched } from './watch.mjs';

/** What people hold in their hands. */
const DEVICES = {
  telephone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  desktop: { viewport: { width: 1280, height: 900 } },
};

/** A browser profile with its pages; `page` is the first one, `api` the same person's calls without it. */
export class Person {
  #excused = [];
  #complaints = [];

  /** With a device (`telephone` or `desktop`), and whatever else Playwright's `newContext` takes: `colorScheme`, `reducedMotion`, … */
  static async arrives(browser, origin, api, { device = 'desktop', ...options } = {}) {
    const person = new Person();
    person.origin = origin;
    person.api = api;
    person.context = await browser.newContext({ ...DEVICES[device], locale: 'en-GB', timezoneId: 'UTC', baseURL: origin, ...options });
    person.context.setDefaultTimeout(10_000);
    await watched(person.context, origin, (complaint) => person.#complaints.push(complaint));
    person.page = await person.context.newPage();
    return person;
  }

  /** Opens a path, or a whole address, in the page. */
  async goes(path) {
    await this.page.goto(path);
  }

  /** Puts a chat of the caller's into this browser, as if it had been opened here. */
  async holds({ chat_id: id, author_id: credential, chat: { title } }, facts = {}) {
    const kept = { credential, title, seen: 0, opened_at: 0, ...facts };
    await this.page.evaluate(([key, value]) => localStorage.setItem(key, value), [`parlor.chat.${id}`, JSON.stringify(kept)]);
  }

  /** Presses the button of that name. */
  async presses(name) {
    await this.page.getByRole('button', { name }).click();
  }

  /** Fills in the field of that label. */
  async fills(label, text) {
    await this.page.getByLabel(label).fill(text);
  }

  /** Waits until that text can be seen. */
  async sees(text) {
    await this.page.getByText(text).first().waitFor();
  }

  /** Fails where somebody who sees, hears or moves otherwise than most would be stopped by the page. */
  async canBeAnybody() {
    assert.deepEqual(await faults(this.page), []);
  }

  /** Takes a picture of the page into the folder of the variable PARLOR_PICTURES; without it, none. */
  async picture(name, options = {}) {
    const folder = process.env.PARLOR_PICTURES;
    if (!folder) return;
    await mkdir(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled', ...options });
  }

  /** Excuses complaints that match: what a test brings about itself, such as `/status of 404/`. */
  expects(pattern) {
    this.#excused.push(pattern);
  }

  /** What this person noticed and no test excused. */
  get complaints() {
    return this.#complaints.filter((complaint) => !this.#excused.some((pattern) => pattern.test(complaint)));
  }

  /** Closes the browser; what was left in it must not be a cookie. */
  async leaves() {
    // What a page has just done wrong is told only after its turn.
    const turn = () =>
      new Promise((done) => {
        setTimeout(done);
      });
    await Promise.all(this.context.pages().map((page) => page.evaluate(turn).catch(() => {})));
    const cookies = await this.context.cookies();
    this.#complaints.push(...cookies.map((cookie) => `cookie: ${cookie.name}`));
    await this.context.close();
  }
}
