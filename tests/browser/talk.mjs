// Sets scenes inside a chat: who is there, and what their pages show of it.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

/** Lets a guest into a chat, without a page. */
export async function admitted(world, { ana, chat }, name) {
  const guest = world.caller();
  const link = await ana.makesLink(chat);
  const { knock_id } = await guest.knocks(link, { name });
  await ana.lets(link, { knock_id });
  return guest;
}

/** A chat of Ana, who opened it, and Ben, both without a page. */
export async function chatOfTwo(world, body = {}) {
  const ana = world.caller();
  const chat = await ana.opens(body);
  return { ana, chat, ben: await admitted(world, { ana, chat }, 'Ben') };
}

/** A browser that holds a chat of the caller's, and shows the page that chats are listed on. */
export async function holder(world, { chat, by, seen = 0 }, options) {
  const person = await world.person(options);
  await person.goes('/');
  await person.holds({ ...chat, author_id: by.credential }, { seen });
  return person;
}

/** The same, with the chat open, and connected. */
export async function inside(world, who, options) {
  const person = await holder(world, who, options);
  await enters(person, who.chat);
  return person;
}

/** Opens the page of a chat. */
export async function enters(person, { chat_id: id }) {
  await person.goes(`/c/${id}`);
  await connected(person);
}

export const connected = ({ page }) => page.getByRole('status').getByText('Connected', { exact: true }).waitFor();

/** The part of the page that scrolls. */
export const conversation = ({ page }) => page.getByRole('region', { name: 'Conversation' });

/** One message among those that are shown, by its whole text. */
export const message = (person, text) => conversation(person).locator('.message', { has: person.page.getByText(text, { exact: true }) });

/** What is said on a page, in its order, with what is not sent yet. */
export const shown = (person) => conversation(person).locator('.message .text').allTextContents();

/** Waits until what `read` gives is that, for so many milliseconds at most. */
export async function becomes(read, wanted, patience = 15_000) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await read();
    const same = JSON.stringify(found) === JSON.stringify(wanted);
    if (!same && Date.now() < end) await pause(50);
    else return assert.deepEqual(found, wanted);
  }
}

/** Something to be waited for, until it is let `come`. */
export function awaited() {
  let come;
  const comes = new Promise((done) => {
    come = done;
  });
  return { come, comes };
}

/** Messages `from` to `to`, by their numbers. */
export const numbered = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => `message ${from + i}`);

/** Writes several messages, one after the other. */
export async function writesAll(caller, chat, texts) {
  for (const text of texts) await caller.writes(chat, text);
}

/** Writes in the page, as somebody at a keyboard does. */
export async function says(person, text) {
  await person.page.getByLabel('Message', { exact: true }).fill(text);
  await person.page.keyboard.press('Enter');
}

/** Answers a question of the page, which is gone then. */
export async function answers({ page }, title, button) {
  const dialog = page.getByRole('dialog', { name: title });
  await dialog.getByRole('button', { name: button, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** Everything that the browser keeps of a chat. */
export const keptOf = ({ page }, { chat_id: id }) =>
  page.evaluate((part) => Object.entries(localStorage).filter((entry) => entry.join().includes(part)), id);

/** Fails where anything of a chat is left in the browser or on the page. */
export async function forgot(person, chat, text) {
  assert.deepEqual(await keptOf(person, chat), []);
  assert.ok(!(await person.page.content()).includes(text), 'what was said is still on the page');
}

/** Lets the page take entries of the conversation for older, by as many milliseconds as `shift(seq)` says. */
export async function aged({ page }, { chat_id: id }, shift) {
  const older = (entry, field) => ({ ...entry, [field]: new Date(Date.parse(entry[field]) - shift(entry.seq)).toISOString() });
  await page.route(new RegExp(`/v1/chats/${id}(/activity)?\\?`), async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    json.messages &&= json.messages.map((entry) => older(entry, 'created_at'));
    json.items &&= json.items.map((entry) => older(entry, 'at'));
    await route.fulfill({ response, json });
  });
}
