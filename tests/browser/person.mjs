// A user with a browser profile who notices everything that a page does wrong.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { accessibilityViolations } from './accessibility_check.mjs';
import { monitorPages } from './page_monitor.mjs';

/** Device profiles. */
const DEVICES = {
  telephone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  desktop: { viewport: { width: 1280, height: 900 } },
};

/** A browser profile with its pages; `page` is the first one, `api` the same user's API client. */
export class Person {
  /** A page may say that its member types in the moment in which the chat ends. */
  #excused = [/status of 404 .*\/typing\)/];
  #complaints = [];

  /** Takes a device (`telephone` or `desktop`) and options of Playwright's `newContext`: `colorScheme`, `reducedMotion`, … */
  static async arrives(browser, origin, api, { device = 'desktop', ...options } = {}) {
    const person = new Person();
    person.origin = origin;
    person.api = api;
    person.context = await browser.newContext({ ...DEVICES[device], locale: 'en-GB', timezoneId: 'UTC', baseURL: origin, ...options });
    person.context.setDefaultTimeout(10_000);
    await monitorPages(person.context, origin, (complaint) => person.#complaints.push(complaint));
    person.page = await person.context.newPage();
    return person;
  }

  /** Opens a path or a URL in the page. */
  async goes(path) {
    await this.page.goto(path);
  }

  /** Stores a chat of the API client in this browser, as if it had been opened here. */
  async holds({ chat_id: id, author_id: credential, chat: { title } }, facts = {}) {
    const kept = { credential, title, seen: 0, opened_at: 0, ...facts };
    await this.page.evaluate(([key, value]) => localStorage.setItem(key, value), [`parlor.chat.${id}`, JSON.stringify(kept)]);
  }

  /** Clicks the button of that name. */
  async presses(name) {
    await this.page.getByRole('button', { name }).click();
  }

  /** Fills in the field of that label. */
  async fills(label, text) {
    await this.page.getByLabel(label).fill(text);
  }

  /** Waits until that text is visible. */
  async sees(text) {
    await this.page.getByText(text).first().waitFor();
  }

  /** Fails if the page has serious accessibility violations. */
  async canBeAnybody() {
    assert.deepEqual(await accessibilityViolations(this.page), []);
  }

  /** Saves a screenshot in the folder of the variable PARLOR_PICTURES; does nothing without it. */
  async picture(name, options = {}) {
    const folder = process.env.PARLOR_PICTURES;
    if (!folder) return;
    await mkdir(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled', ...options });
  }

  /** Excuses matching complaints, which a test causes itself, such as `/status of 404/`. */
  expects(pattern) {
    this.#excused.push(pattern);
  }

  /** The complaints that no test excused. */
  get complaints() {
    return this.#complaints.filter((complaint) => !this.#excused.some((pattern) => pattern.test(complaint)));
  }

  /** Closes the browser; complains of cookies. */
  async leaves() {
    // Errors of the current task are reported after it.
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
