// People where scenes of the door begin: an owner in front of their chat, and whoever is on the way in.

/** The path of a link's page. */
export const pageOf = ({ link_id }) => `/l/${link_id}`;

/** Where an owner's page shows who waits. */
export const door = ({ page }) => page.getByRole('region', { name: 'At the door' });

/** The cards of those who wait, or of the one whose card has that text. */
export const cards = (owner, hasText) =>
  door(owner)
    .getByRole('listitem')
    .filter(hasText ? { hasText } : {});

/** Waits until no card at the door moves any more: keys decide about the first one then. */
export const settled = (owner) => door(owner).locator('.knock-list:not(.moving)').waitFor();

/** A button of that name and of no longer one. */
export const button = ({ page }, name) => page.getByRole('button', { name, exact: true });

/**
 * An owner with a browser before a chat that they opened with `chat`, and a link made with `link`: `{owner, chat, link}`. They may be an
 * `owner` who has a browser already.
 */
export async function ownerInside(world, { chat: body = {}, link: made = {}, owner: known, ...options } = {}) {
  const owner = known ?? (await world.person(options));
  const chat = await owner.api.opens({ title: 'Sunday', ...body });
  const link = await owner.api.makesLink(chat, made);
  await owner.goes('/');
  await owner.holds(chat, { owner: true });
  await returns(owner, chat);
  return { owner, chat, link };
}

/** Somebody opens the page of a chat that their browser holds, and is connected. */
export async function returns(person, { chat_id }) {
  await person.goes(`/c/${chat_id}`);
  await person.sees('Connected');
}

/** Somebody writes into the chat that their page shows. */
export async function says(person, text) {
  await person.page.getByLabel('Message', { exact: true }).fill(text);
  await button(person, 'Send').click();
}

/** Somebody opens a link, says who they are, and knocks. */
export async function knocksAt(person, link, { name = 'Ben', note = '' } = {}) {
  await person.goes(pageOf(link));
  await person.fills('Your name', name);
  await person.fills('A word to them', note);
  await button(person, 'Knock').click();
}

/** Somebody with a browser who waits at a link: a `guest` who is there already, or one who comes. */
export async function waitsAt(world, link, { name = 'Ben', note = '', guest: known, ...options } = {}) {
  const guest = known ?? (await world.person(options));
  await knocksAt(guest, link, { name, note });
  await guest.sees('Connected');
  return guest;
}

/** The two words that a waiting page shows. */
export const wordsOf = ({ page }) => page.locator('.code-words').textContent();

/** Waits until a page shows the chat. */
export async function isInside({ page }) {
  await page.waitForURL(/\/c\//);
  await page.getByLabel('Message', { exact: true }).waitFor();
}

/** Whoever waits at a chat, as its owner's `api` lists them. */
export const pending = async ({ api }, { chat_id }) => (await api.calls('GET', `/v1/chats/${chat_id}/knocks?status=pending`)).items;

/** Waits until `look` gives something that `holds`, and gives it back: for what is seen over the API and not on a page. */
export async function eventually(look, holds) {
  for (const until = Date.now() + 10_000; ;) {
    const found = await look();
    if (holds(found)) return found;
    if (Date.now() > until) throw new Error(`this has not come: ${JSON.stringify(found)}`);
    await new Promise((done) => {
      setTimeout(done, 50);
    });
  }
}
