// The message field: keyboard, input methods, limits, drafts.
import assert from 'node:assert/strict';

import { eventuallyEquals, chatOfTwo, inside, numbered, says, shown } from './fixtures/conversation.mjs';
import { scene } from './environment.mjs';

const field = ({ page }) => page.getByRole('textbox', { name: 'Message' });
const send = ({ page }) => page.getByRole('button', { name: 'Send', exact: true });

/** The messages that the server has. */
const written = async (apiClient, chat) => (await apiClient.reads(chat)).messages.map(({ text }) => text);

/** A person with a chat open. */
async function writer(env, options) {
  const { ana, ben, chat } = await chatOfTwo(env);
  return { ana, ben, chat, person: await inside(env, { chat, by: ana }, options) };
}

scene('a draft is there after a reload, and gone once it is sent', async (env) => {
  const { chat, person, ana } = await writer(env);
  await field(person).fill('half a thought');
  await person.page.reload();
  assert.equal(await field(person).inputValue(), 'half a thought');
  await send(person).click();
  await person.sees('half a thought');
  await eventuallyEquals(() => written(ana, chat), ['half a thought']);
  await person.page.reload();
  await person.sees('half a thought');
  assert.equal(await field(person).inputValue(), '');
  assert.ok(await send(person).isDisabled(), 'nothing is there to be sent');
});

scene('by keyboard, Enter sends and Shift+Enter begins a line', async (env) => {
  const { ana, chat, person } = await writer(env);
  assert.ok(await field(person).evaluate((element) => element === document.activeElement), 'who comes in can write at once');
  await person.page.keyboard.type('one');
  await person.page.keyboard.press('Shift+Enter');
  await person.page.keyboard.type('two');
  await person.page.keyboard.press('Enter');
  await eventuallyEquals(() => written(ana, chat), ['one\ntwo']);
  await eventuallyEquals(() => shown(person), ['one\ntwo']);
  assert.equal(await field(person).inputValue(), '');
  for (const nothing of ['Enter', 'Space', 'Enter']) await person.page.keyboard.press(nothing);
  await says(person, 'three');
  await eventuallyEquals(() => written(ana, chat), ['one\ntwo', 'three']);
});

scene('what shows nothing is not sent', async (env) => {
  const { ana, chat, person } = await writer(env);
  for (const nothing of ['   ', '\u200B\u2060', '\u2800\n\u3164', '\u200F\u202E']) {
    await field(person).fill(nothing);
    assert.ok(await send(person).isDisabled(), JSON.stringify(nothing));
    await field(person).press('Enter');
  }
  await says(person, 'seen');
  await eventuallyEquals(() => written(ana, chat), ['seen']);
});

scene('on a touch screen, Enter begins a line and the button sends', async (env) => {
  const { ana, chat, person } = await writer(env, { device: 'telephone' });
  await field(person).tap();
  await person.page.keyboard.type('one');
  await person.page.keyboard.press('Enter');
  await person.page.keyboard.type('two');
  await send(person).tap();
  await eventuallyEquals(() => written(ana, chat), ['one\ntwo']);
});

scene('Enter that ends a word of an input method does not send it', async (env) => {
  const { ana, chat, person } = await writer(env);
  await field(person).focus();
  const device = await person.context.newCDPSession(person.page);
  await device.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
  await device.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 });
  assert.equal(await field(person).inputValue(), 'にほん');
  await device.send('Input.insertText', { text: '日本' });
  // Safari ends the composition before the key event, and marks it only by this key code.
  await field(person).dispatchEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true });
  assert.equal(await field(person).inputValue(), '日本');
  await person.page.keyboard.press('Enter');
  await eventuallyEquals(() => written(ana, chat), ['日本']);
});

scene('what is too long says by how much, and cannot be sent', async (env) => {
  const { ana, chat, person } = await writer(env);
  const says = (text) => person.page.getByRole('status').getByText(text, { exact: true });
  await field(person).fill('é'.repeat(3_900));
  await says('392 bytes left').waitFor();
  await field(person).fill(`${'é'.repeat(4_096)}!`);
  await says('Too long by 1 byte').waitFor();
  assert.ok(await send(person).isDisabled());
  await field(person).press('Enter');
  await field(person).fill('é'.repeat(4_100));
  await says('Too long by 8 bytes').waitFor();
  await field(person).fill('é'.repeat(4_096));
  await says('0 bytes left').waitFor();
  await field(person).press('Enter');
  await eventuallyEquals(() => written(ana, chat), ['é'.repeat(4_096)]);
});

scene('five hundred lines are a message, one more is too many', async (env) => {
  const { ana, chat, person } = await writer(env);
  await field(person).fill(numbered(1, 501).join('\n').replaceAll('message ', ''));
  await person.page.getByRole('status').getByText('At most 500 lines').waitFor();
  assert.ok(await send(person).isDisabled());
  await field(person).press('Enter');
  const most = numbered(1, 500).join('\n').replaceAll('message ', '');
  await field(person).fill(most);
  await field(person).press('Enter');
  await eventuallyEquals(() => written(ana, chat), [most]);
  await eventuallyEquals(() => shown(person), [most]);
  const { height } = await field(person).boundingBox();
  assert.ok(height < 100, 'the field is small again');
});

scene('what a page sends is as it was typed, without empty lines around it and space behind it', async (env) => {
  const { ana, chat, person } = await writer(env);
  await says(person, '  <b>bold</b> & "quoted" \\n 🙂  ');
  await eventuallyEquals(() => written(ana, chat), ['  <b>bold</b> & "quoted" \\n 🙂']);
  await eventuallyEquals(() => shown(person), ['  <b>bold</b> & "quoted" \\n 🙂']);
});
