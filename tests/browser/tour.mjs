// A walk through every screen of the page, for whoever looks at each of them.

/** What is said on the walk: enough to see names, links, groups and other directions of writing. */
const TALK = [
  ['ana', 'Welcome! I have put the kettle on.'],
  ['ben', 'Hello Ana 🙂 I brought the list: https://example.org/market'],
  ['ben', 'Do we still meet at ten?'],
  ['ana', 'At ten, by the fountain. Noa comes too, and she has the map that we could not find the last time.'],
  ['noa', 'שלום! אני מביאה את המפה'],
  ['ana', 'Then we have everything.'],
];

/** Lets a guest in by a link, over the API. */
async function admitted(world, ana, link, name) {
  const guest = world.caller();
  const { knock_id } = await guest.knocks(link, { name });
  await ana.lets(link, { knock_id });
  return guest;
}

/** The owner's chat with something in it; nobody is at its door. */
async function lively(world) {
  const ana = world.caller();
  const chat = await ana.opens({ title: 'Plans for Sunday' });
  const link = await ana.makesLink(chat, { label: 'for the market people' });
  const people = { ana, ben: await admitted(world, ana, link, 'Ben'), noa: await admitted(world, ana, link, 'נועה') };
  for (const [who, text] of TALK) await people[who].writes(chat, text);
  return { ana, chat, link, people };
}

/** What opens beside the conversation, and the question before its end. */
async function panels(person, at) {
  for (const [button, sees, name] of [
    ['Links', 'QR code', 'links'],
    ['People', 'owner', 'people'],
    ['Chat', 'Who comes in', 'about'],
  ]) {
    await person.presses(button);
    await person.sees(sees);
    await at(name);
    await person.presses('Close');
  }
  await person.presses('Chat');
  await person.presses('End the chat for everybody');
  await at('sure');
  await person.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await person.presses('Close');
}

/** The screens of somebody who opens chats. */
async function owners(world, person, at) {
  const { chat, link, people } = await lively(world);
  await person.goes('/');
  await at('start');
  await person.holds(chat, { owner: true });
  await person.goes('/');
  await person.sees('gone in');
  await at('start-with-chats');
  await person.goes(`/c/${chat.chat_id}`);
  await person.sees('Then we have everything.');
  await at('talk');
  await world.caller().knocks(link, { name: 'Ana', note: 'It is me, from my telephone' });
  await world.caller().knocks(link, { name: 'Cleo', note: 'Ben said I may come' });
  await person.sees('Ben said I may come');
  await at('door');
  await panels(person, at);
  person.expects(/ERR_INTERNET_DISCONNECTED/);
  await person.context.setOffline(true);
  await person.page.getByLabel('Message').fill('I am on the train now');
  await person.presses('Send');
  await person.sees('Not sent yet');
  await at('offline');
  await person.context.setOffline(false);
  await person.page.locator('.unsent').waitFor({ state: 'detached' });
  await people.ana.closes(chat);
  await person.sees('This chat has ended');
  await at('ended');
}

/** The screens of somebody who was sent a link. */
async function guests(world, person, at) {
  const ana = world.caller();
  const chat = await ana.opens();
  const link = await ana.makesLink(chat);
  await person.goes(`/l/${link.link_id}`);
  await person.sees('You are invited');
  await at('invited');
  await person.fills('Your name', 'Ben');
  await person.presses('Knock');
  await person.sees('Connected');
  await at('waiting');
  await ana.declines(link, { reason: 'We are full tonight, come tomorrow.' });
  await person.sees('come tomorrow');
  await at('declined');
  person.expects(/status of 404/);
  await person.goes('/l/nowhere');
  await person.fills('Your name', 'Ben');
  await person.presses('Knock');
  await person.sees('This link leads nowhere any more');
  await at('dead-link');
  await person.goes('/c/nowhere');
  await person.sees('There is no chat for you here');
  await at('stranger');
}

/** Walks through every screen, and calls `at(name)` at each. */
export async function tour(world, person, at) {
  await owners(world, person, at);
  await guests(world, person, at);
}
