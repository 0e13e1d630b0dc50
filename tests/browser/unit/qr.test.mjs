// That QR codes hold what they shall: read by one stranger's program, and compared with another's module by module.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import jsqr from 'jsqr';
import qrcode from 'qrcode';

import { matrix } from '../../../src/web/qr.js';
import { dice } from '../seeded.mjs';

/** How many bytes each version holds: M for the first fifteen, L from 13 on for what is longer. */
const HOLDS = [
  ...[14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412].map((bytes, index) => [bytes, index + 1, 'M']),
  ...[425, 458, 520, 586, 644, 718, 792, 858].map((bytes, index) => [bytes, index + 13, 'L']),
];

/** The text that a camera would see. */
function seen(grid) {
  const scale = 3;
  const side = (grid.length + 8) * scale;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const dark = grid[Math.floor(y / scale) - 4]?.[Math.floor(x / scale) - 4];
      if (dark) pixels.fill(0, (y * side + x) * 4, (y * side + x) * 4 + 3);
    }
  }
  return jsqr(pixels, side, side)?.data;
}

/** The same text by the other program, with each of the eight masks. */
function strangers(text, version, errorCorrectionLevel) {
  const data = new TextEncoder().encode(text);
  return Array.from({ length: 8 }, (_, maskPattern) => {
    const { modules } = qrcode.create([{ data, mode: 'byte' }], { version, errorCorrectionLevel, maskPattern });
    const indices = Array.from({ length: modules.size }, (_value, index) => index);
    return drawing(indices.map((row) => indices.map((column) => modules.get(row, column) === 1)));
  });
}

const drawing = (grid) => grid.map((row) => row.map((dark) => (dark ? '#' : '.')).join('')).join('\n');

/** The penalty of a drawing, reckoned apart from the program that is tested. */
function penalty(drawn) {
  const rows = drawn.split('\n');
  const size = rows.length;
  let total = 0;
  for (const line of [...rows, ...rows.map((_, column) => rows.map((row) => row[column]).join(''))]) {
    for (const [run] of line.matchAll(/#{5,}|\.{5,}/g)) total += 3 + run.length - 5;
    for (let at = 0; at + 7 <= size; at += 1) {
      if (line.slice(at, at + 7) !== '#.###.#') continue;
      if (line.slice(at + 7, at + 11) === '....' || line.slice(Math.max(0, at - 4), at) === '....') total += 40;
    }
  }
  for (let row = 0; row + 1 < size; row += 1) {
    for (let column = 0; column + 1 < size; column += 1) {
      const square = rows[row].slice(column, column + 2) + rows[row + 1].slice(column, column + 2);
      if (square === '####' || square === '....') total += 3;
    }
  }
  const percent = (drawn.replaceAll(/[^#]/g, '').length / size ** 2) * 100;
  return total + Math.trunc(Math.abs(percent - 50) / 5) * 10;
}

function agrees(text, version, level) {
  const ours = drawing(matrix(text));
  const theirs = strangers(text, version, level);
  assert.ok(theirs.includes(ours), `version ${version}, ${text}`);
  assert.equal(penalty(ours), Math.min(...theirs.map(penalty)), `the mask of version ${version}, ${text}`);
}

for (const [most, version, level] of HOLDS) {
  test(`version ${version} at level ${level} is taken up to ${most} bytes`, () => {
    const roll = dice(most);
    const text = Array.from({ length: most }, () => String.fromCharCode(32 + roll(95))).join('');
    for (const length of [most, most - 1, HOLDS[HOLDS.findIndex(([bytes]) => bytes === most) - 1]?.[0] + 1 || 0]) {
      agrees(text.slice(0, length), version, level);
      assert.equal(matrix(text.slice(0, length)).length, version * 4 + 17);
      assert.equal(seen(matrix(text.slice(0, length))), text.slice(0, length));
    }
  });
}

test('the mask is the best one of the eight for hundreds of texts, by all four rules', () => {
  for (let number = 280; number < 530; number += 1) agrees(String(number), 1, 'M');
});

test('a text that is too long is refused', () => {
  assert.throws(() => matrix('x'.repeat(859)), RangeError);
  assert.throws(() => matrix('é'.repeat(430)), RangeError);
});

test('addresses of links, and texts of every script, are read as they were', () => {
  const roll = dice(1);
  for (let turn = 0; turn < 60; turn += 1) {
    const id = Array.from({ length: 27 }, () => 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'[roll(64)]).join('');
    const link = `https://chat.example.org/l/${id}`;
    assert.equal(seen(matrix(link)), link);
  }
  for (const text of ['a', 'Grüße', 'Привет', '你好，世界', 'مرحبا', '🏳️‍🌈 emoji', '\u0001 control']) assert.equal(seen(matrix(text)), text);
});
