// The parser of server-sent events, with streams cut into arbitrary chunks.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EventParser } from '../../../src/web/lib/sse.js';
import { seededRandom } from '../seeded_random.mjs';

const bytes = (text) => new TextEncoder().encode(text);
const read = (text) => new EventParser().feed(bytes(text));
const message = (data, id = '') => ({ event: 'message', id, data });

/** Streams and their events; most are examples of the standard. */
const STREAMS = [
  ['a message of several lines', 'data: YHOO\ndata: +2\ndata: 10\n\n', [message('YHOO\n+2\n10')]],
  [
    'comments, ids that stay and ids that are taken back',
    ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n',
    [message('first event', '1'), message('second event'), message(' third event')],
  ],
  ['empty data, and an event that never ended', 'data\n\ndata\ndata\n\ndata:', [message(''), message('\n')]],
  ['a space after the colon or none', 'data:test\n\ndata: test\n\n', [message('test'), message('test')]],
  ['names of events, which do not stay', 'event: knock\ndata: 1\n\ndata: 2\n\n', [{ event: 'knock', id: '', data: '1' }, message('2')]],
  ['an event without data, whose name goes and whose id stays', 'event: knock\nid: 7\n\ndata: 1\n\n', [message('1', '7')]],
  ['an id with a NUL, which is ignored', 'id: 1\n\nid: 2\0\ndata: x\n\n', [message('x', '1')]],
  ['an id that stays', 'id: a-1\ndata: x\n\ndata: y\n\n', [message('x', 'a-1'), message('y', 'a-1')]],
  ['all three ends of lines', 'data: a\rdata: b\r\ndata: c\n\r\ndata: d\r\r', [message('a\nb\nc'), message('d')]],
  ['one byte order mark, and only one', '\uFEFFdata: a\n\n\uFEFFdata: b\n\n', [message('a')]],
  ['fields that nobody knows', 'Data: a\n data: b\nfoo\nid : 3\ndata: c\n\n', [message('c')]],
  ['characters of every width', 'data: é✓🏴\u202E\n\n', [message('é✓🏴\u202E')]],
  ['what ends without an empty line', 'data: a\n\ndata: b\n', [message('a')]],
];

for (const [name, stream, events] of STREAMS) {
  test(`a stream has ${name}`, () => assert.deepEqual(read(stream), events));
}

test('bytes that are no UTF-8 become replacement characters', () => {
  assert.deepEqual(new EventParser().feed(new Uint8Array([...bytes('data: '), 0xff, 10, 10])), [message('\uFFFD')]);
});

test('the time to wait is digits or nothing', () => {
  const events = new EventParser();
  const said = ['retry: 1500\n', 'retry: -1\n', 'retry: 1.5\n', 'retry:\n', 'retry: ٣\n'].map((line) => {
    events.feed(bytes(line));
    return events.retry;
  });
  assert.equal(new EventParser().retry, null);
  assert.deepEqual(said, [1500, 1500, 1500, 1500, 1500]);
});

test('it does not matter how a stream is cut', () => {
  const whole = bytes(STREAMS.map(([, stream]) => `${stream}\nretry: 9\n\n`).join(''));
  const expected = new EventParser().feed(whole);
  assert.ok(expected.length > STREAMS.length);
  for (let seed = 0; seed < 300; seed += 1) {
    const roll = seededRandom(seed);
    const longest = 1 + roll(40);
    const events = new EventParser();
    const found = [];
    for (let from = 0; from < whole.length;) {
      const to = from + roll(longest + 1);
      found.push(...events.feed(whole.subarray(from, to)));
      from = to;
    }
    assert.deepEqual(found, expected, `seed ${seed}`);
    assert.equal(events.retry, 9);
  }
});

test('an event of a megabyte is read, and a longer one refused, in one line or in many, ended or not', () => {
  const most = 'x'.repeat(1024 * 1024 - 6);
  assert.equal(read(`data: ${most}\n\n`).length, 1);
  assert.throws(() => read(`data: ${most}x`), RangeError);
  assert.throws(() => read(`data: ${most}x\n\n`), RangeError);
  assert.throws(() => read(`: ${most}xxxxx`), RangeError);
  const events = new EventParser();
  assert.throws(() => {
    for (let line = 0; line < 100_000; line += 1) events.feed(bytes('data: 0123456789\n'));
  }, RangeError);
});

test('many events are not one long one', () => {
  const events = new EventParser();
  const found = Array.from({ length: 4 }, () => events.feed(bytes(`data: ${'x'.repeat(500_000)}\n\n`))).flat();
  assert.equal(found.length, 4);
});
