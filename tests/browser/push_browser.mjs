// Push notifications of a browser: what headless Chromium lacks of them, and the means to push, look and click.
import { eventually } from './fixtures/door.mjs';

/** Stands in for the browser's connection to its push service in each page. */
export function installPushManager({ origin, keys }) {
  const PLACE = 'browser.push';
  const read = () => JSON.parse(localStorage.getItem(PLACE) ?? 'null');
  const made = ({ endpoint, key }) => ({
    endpoint,
    options: { userVisibleOnly: true, applicationServerKey: Uint8Array.from(key).buffer },
    toJSON: () => ({ endpoint, expirationTime: null, keys }),
    unsubscribe: async () => (localStorage.removeItem(PLACE), true),
  });
  PushManager.prototype.getSubscription = async () => read() && made(read());
  PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => {
    if (!userVisibleOnly || Notification.permission !== 'granted') throw new DOMException('', 'NotAllowedError');
    const endpoint = `${origin}/${crypto.randomUUID()}`;
    localStorage.setItem(PLACE, JSON.stringify({ endpoint, key: [...new Uint8Array(applicationServerKey)] }));
    return made(read());
  };
}

/** Stands in for the permission, and for the notifications as pages see them. */
function installPermission({ answer }) {
  Object.defineProperty(Notification, 'permission', { get: () => localStorage.getItem('browser.permission') ?? 'default' });
  Notification.requestPermission = async () => (localStorage.setItem('browser.permission', answer), answer);
  ServiceWorkerRegistration.prototype.getNotifications = async () => {
    const shown = await globalThis.browserNotifications();
    return shown.map((notification) => ({ ...notification, close: () => globalThis.browserCloses(notification.tag) }));
  };
}

/** Stands in for the system's notifications and windows in a worker, and notes what it does with them. */
function installNotifications() {
  if (self.noted) return;
  const noted = { all: [], shown: [], opened: [], focused: [], badge: 0 };
  self.noted = noted;
  const close = (tag) => (noted.shown = noted.shown.filter((notification) => notification.tag !== tag));
  self.registration.showNotification = async (title, options) => {
    close(options.tag);
    noted.all.push({ title, ...options });
    noted.shown.push({ title, ...options });
  };
  self.registration.getNotifications = async ({ tag } = {}) =>
    noted.shown
      .filter((notification) => !tag || notification.tag === tag)
      .map((notification) => ({ ...notification, close: () => close(notification.tag) }));
  self.clients.openWindow = async (url) => void noted.opened.push(url);
  self.WindowClient.prototype.focus = async function focus() {
    noted.focused.push(this.url);
  };
  self.navigator.setAppBadge = async (number) => (noted.badge = number);
  self.navigator.clearAppBadge = async () => (noted.badge = 0);
}

/** Clicks a notification in a worker, and waits until it has been dealt with. */
async function clickIn(tag) {
  const [notification] = await self.registration.getNotifications({ tag });
  const event = new self.ExtendableEvent('notificationclick');
  let dealtWith = null;
  Object.defineProperties(event, { notification: { value: notification }, waitUntil: { value: (promise) => (dealtWith = promise) } });
  self.dispatchEvent(event);
  await dealtWith;
}

/** Pushes a text to the worker in a person's browser, as a push service does. */
export async function deliverPush({ context, page, origin }, text) {
  const browser = await context.newCDPSession(page);
  const found = new Promise((done) => {
    browser.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => registrations[0] && done(registrations[0]));
  });
  await browser.send('ServiceWorker.enable');
  const { registrationId } = await found;
  await browser.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data: text });
  await browser.detach();
}

/** The push notifications of a person's browser. */
export class PushBrowser {
  #person;

  /** Gives a person's browser the push service; the answer to its question for permission is `answer`. */
  static async of(person, service, { answer = 'granted' } = {}) {
    const browser = new PushBrowser();
    browser.#person = person;
    const worker = () => person.context.serviceWorkers()[0];
    await person.context.exposeFunction('browserNotifications', async () => (await worker()?.evaluate(() => self.noted?.shown)) ?? []);
    await person.context.exposeFunction('browserCloses', (tag) =>
      worker()?.evaluate((closed) => {
        self.noted.shown = self.noted.shown.filter((notification) => notification.tag !== closed);
      }, tag),
    );
    await person.context.addInitScript(installPushManager, service.browser);
    await person.context.addInitScript(installPermission, { answer });
    return browser;
  }

  /** The worker, as soon as it is there. */
  async worker() {
    const [worker] = await eventually(
      async () => this.#person.context.serviceWorkers(),
      (workers) => workers.length > 0,
    );
    await worker.evaluate(installNotifications);
    return worker;
  }

  /** What the worker has shown, opened and focused. */
  async noted() {
    return (await this.worker()).evaluate(() => self.noted);
  }

  /** Pushes a text to the worker, and waits until it has been shown; returns the notification. */
  async pushes(text) {
    const before = (await this.noted()).all.length;
    await deliverPush(this.#person, text);
    const { all } = await eventually(
      () => this.noted(),
      (noted) => noted.all.length > before,
    );
    return all.at(-1);
  }

  /** Clicks a notification. */
  async clicks({ tag }) {
    await (await this.worker()).evaluate(clickIn, tag);
  }

  /** The worker's scopes, and the endpoint of the browser's subscription. */
  state() {
    return this.#person.page.evaluate(async () => ({
      scopes: (await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope),
      endpoint: JSON.parse(localStorage.getItem('browser.push') ?? 'null')?.endpoint ?? null,
      caches: await caches.keys(),
    }));
  }
}
