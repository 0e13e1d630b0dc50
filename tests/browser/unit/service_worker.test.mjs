// What the service worker makes of a push: the notification, the page that it leads to, the number on the badge.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';

const script = await readFile(new URL('../../../src/web/service_worker.js', import.meta.url), 'utf8');
const context = createContext({ self: { addEventListener: () => {} }, URL });
const { toNotification, pathOf, badgeOf, line } = runInContext(`${script}\n({ toNotification, pathOf, badgeOf, line })`, context);

const CHAT = 'a-_Z09'.padEnd(43, 'x');
const plain = (value) => JSON.parse(JSON.stringify(value));
const shown = (push) => plain(toNotification(JSON.stringify(push)));
const message = { kind: 'message', chat_id: CHAT, title: 'Market', from: 'Ana' };

test('each kind of push says who, and what happened', () => {
  for (const [push, body] of [
    [{}, 'Ana wrote'],
    [{ unread: 1 }, 'Ana wrote'],
    [{ unread: 3 }, 'Ana wrote · 3 not read'],
    [{ unread: 3, text: 'Hello' }, 'Ana: Hello'],
    [{ kind: 'knock' }, 'Ana knocks'],
    [{ kind: 'approved' }, 'Ana let you in'],
  ]) {
    const { title, tag, ...rest } = shown({ ...message, ...push });
    assert.deepEqual([title, tag, rest.body, rest.data.chat_id], ['Market', CHAT, body, CHAT]);
  }
  const request = shown({ kind: 'friend_request', title: 'Ben', from: 'ben' });
  assert.deepEqual([request.title, request.body, request.tag], ['Ben', '@ben asks to be your friend', 'friend ben']);
});

test('whatever cannot be read is still a notification, which says nothing', () => {
  const news = { title: 'Parlor', body: 'There is something new.', tag: 'news', data: { kind: null, chat_id: null, unread: null } };
  for (const text of [null, undefined, '', '{', 'null', '1', '"x"', '[]', '{}', 'x'.repeat(100_000)]) {
    assert.deepEqual(plain(toNotification(text)), news, String(text).slice(0, 20));
  }
  for (const chat_id of [undefined, null, 1, [CHAT], CHAT.slice(1), `${CHAT}x`, `${CHAT.slice(1)}/`, `${CHAT.slice(1)}é`, `${CHAT}\n`]) {
    assert.deepEqual(shown({ ...message, chat_id }), news, String(chat_id));
  }
  for (const kind of [undefined, 'constructor', '__proto__', ['message'], 1])
    assert.deepEqual(shown({ ...message, kind }), news, String(kind));
});

test('texts are one line of so many characters, without any that are invisible', () => {
  for (const [value, is] of [
    [undefined, ''],
    [{}, ''],
    ['  a\r\n\tb ', 'a b'],
    ['\u202Eabc\u2066\u200B\0', 'abc'],
    ['🏠'.repeat(20), '🏠'.repeat(10)],
    ['x'.repeat(11), 'x'.repeat(10)],
    [' '.repeat(100) + 'x', ''],
    ['\uD800x', 'x'],
  ])
    assert.equal(line(value, 10), is, JSON.stringify(value)?.slice(0, 30));
});

test('a notification leads to its chat, to the account, or to the start page', () => {
  for (const [data, path] of [
    [{ kind: 'message', chat_id: CHAT }, `c/${CHAT}`],
    [{ kind: 'friend_request', chat_id: null }, 'account'],
    [{ kind: null, chat_id: null }, ''],
    [{ chat_id: '/evil.example' }, ''],
    [null, ''],
    [undefined, ''],
    ['https://evil.example/', ''],
  ])
    assert.equal(pathOf(data), path, JSON.stringify(data));
});

test('the badge counts what is not read by what is shown', () => {
  const of = (...unread) => badgeOf(unread.map((n) => ({ data: n === undefined ? null : { unread: n } })));
  assert.deepEqual([of(), of(3, 2), of(null), of(undefined, 2), of(-5, 1.5, '7')], [0, 5, 1, 3, 3]);
});
