// Draws a text as a QR code (ISO/IEC 18004), in byte mode.

/** The two levels of error correction that are used, by their two bits in the symbol. */
const M = 0;
const L = 1;

/** Codewords that a symbol of versions 1 to 20 holds. */
const TOTAL = [26, 44, 70, 100, 134, 172, 196, 242, 292, 346, 404, 466, 532, 581, 655, 733, 815, 901, 991, 1085];

/** What is tried in this order: version, level, codewords of error correction in a block, blocks. */
// prettier-ignore
const SHAPES = [
  ...[
    [10, 1], [16, 1], [26, 1], [18, 2], [24, 2], [16, 4], [18, 4], [22, 4], [22, 5], [26, 5], [30, 5], [22, 8], [22, 9], [24, 9], [24, 10],
  ].map(([correction, blocks], index) => ({ version: index + 1, level: M, correction, blocks })),
  // Level M of version 15 holds more than level L of version 12: smaller ones never come into question.
  ...[[26, 4], [30, 4], [22, 6], [24, 6], [28, 6], [30, 6], [28, 7], [28, 8]]
    .map(([correction, blocks], index) => ({ version: index + 13, level: L, correction, blocks })),
];

/** Rows and columns in which alignment patterns have their middle, from version 2 on. */
// prettier-ignore
const ALIGNED = [
  [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50], [6, 30, 54], [6, 32, 58], [6, 34, 62],
  [6, 26, 46, 66], [6, 26, 48, 70], [6, 26, 50, 74], [6, 30, 54, 78], [6, 30, 56, 82], [6, 30, 58, 86], [6, 34, 62, 90],
];

/** Which modules each of the eight masks turns over. */
const MASKS = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (row, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
];

/** Powers of 2 in the field of 256 elements that Reed and Solomon's code is reckoned in, and their logarithms. */
const POWER = new Uint8Array(255);
const LOGARITHM = new Uint8Array(256);
for (let exponent = 0, value = 1; exponent < 255; exponent += 1) {
  POWER[exponent] = value;
  LOGARITHM[value] = exponent;
  value = value < 128 ? value << 1 : (value << 1) ^ 0x11d;
}

/** The modules of the smallest symbol that holds the text, by row and column, dark ones true; RangeError above 858 bytes of UTF-8. */
export function matrix(text) {
  const bytes = new TextEncoder().encode(text);
  const shape = SHAPES.find((candidate) => bytes.length * 8 + headerBits(candidate) <= capacity(candidate) * 8);
  if (!shape) throw new RangeError('the text is too long for a QR code');
  const { modules, free } = symbol(shape);
  place(modules, free, interleaved(data(bytes, shape), shape));
  const masked = MASKS.map((mask, index) => {
    const grid = modules.map((row, r) => row.map((dark, c) => (free[r][c] ? dark !== mask(r, c) : dark)));
    markFormat(grid, shape.level, index);
    return { grid, penalty: penalty(grid) };
  });
  return masked.reduce((best, next) => (next.penalty < best.penalty ? next : best)).grid;
}

/** The symbol as an image called `label`: `qr-light` is its ground, quiet zone included, and `qr-dark` what stands on it. */
export function drawn(text, label) {
  const grid = matrix(text);
  const side = grid.length + 8;
  const bars = grid.flatMap((row, r) =>
    runs(row)
      .filter((run) => run.dark)
      .map(({ from, length }) => `M${from + 4} ${r + 4}h${length}v1h-${length}z`),
  );
  const svg = element('svg', { viewBox: `0 0 ${side} ${side}`, role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges' });
  svg.append(element('rect', { class: 'qr-light', width: side, height: side }), element('path', { class: 'qr-dark', d: bars.join('') }));
  return svg;
}

function element(name, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** Codewords of data that a shape holds. */
function capacity({ version, correction, blocks }) {
  return TOTAL[version - 1] - correction * blocks;
}

function headerBits({ version }) {
  return 4 + countBits(version);
}

function countBits(version) {
  return version < 10 ? 8 : 16;
}

/** The codewords of data: mode, count, the bytes, a terminator, padding. */
function data(bytes, shape) {
  const bits = [];
  const push = (value, width) => {
    for (let bit = width - 1; bit >= 0; bit -= 1) bits.push((value >> bit) & 1);
  };
  push(0b0100, 4);
  push(bytes.length, countBits(shape.version));
  for (const byte of bytes) push(byte, 8);
  // In byte mode there is always room for the terminator, and it ends a byte.
  push(0, 4);
  for (let pad = 0xec; bits.length < capacity(shape) * 8; pad ^= 0xec ^ 0x11) push(pad, 8);
  return Uint8Array.from({ length: bits.length / 8 }, (_, index) => Number.parseInt(bits.slice(index * 8, index * 8 + 8).join(''), 2));
}

/** The codewords in the order in which they are placed: of each block the first, then of each the second; error correction last. */
function interleaved(codewords, { correction, blocks }) {
  const divisor = generator(correction);
  const short = Math.floor(codewords.length / blocks);
  const firstLong = blocks - (codewords.length % blocks);
  const parts = Array.from({ length: blocks }, (_, index) => {
    const from = index * short + Math.max(0, index - firstLong);
    return codewords.subarray(from, from + short + (index < firstLong ? 0 : 1));
  });
  const checks = parts.map((part) => remainder(part, divisor));
  return [...woven(parts, short + 1), ...woven(checks, correction)];
}

function woven(parts, longest) {
  return Array.from({ length: longest }, (_, index) => parts.filter((part) => index < part.length).map((part) => part[index])).flat();
}

/** The polynomial with the roots 2^0 to 2^(degree-1), highest coefficient first, without the leading 1. */
function generator(degree) {
  let product = [1];
  for (let exponent = 0; exponent < degree; exponent += 1) {
    const shifted = [...product, 0];
    product.forEach((coefficient, index) => {
      shifted[index + 1] ^= times(coefficient, POWER[exponent]);
    });
    product = shifted;
  }
  return product.slice(1);
}

function remainder(codewords, divisor) {
  const rest = new Array(divisor.length).fill(0);
  for (const codeword of codewords) {
    const factor = codeword ^ rest.shift();
    rest.push(0);
    divisor.forEach((coefficient, index) => {
      rest[index] ^= times(coefficient, factor);
    });
  }
  return rest;
}

function times(a, b) {
  return a === 0 || b === 0 ? 0 : POWER[(LOGARITHM[a] + LOGARITHM[b]) % 255];
}

/** A symbol with all patterns that do not depend on the text, and which of its modules are free for data. */
function symbol({ version }) {
  const size = version * 4 + 17;
  const modules = Array.from({ length: size }, () => new Array(size).fill(false));
  const free = Array.from({ length: size }, () => new Array(size).fill(true));
  const mark = (row, column, dark) => {
    if (row < 0 || column < 0 || row >= size || column >= size) return;
    modules[row][column] = dark;
    free[row][column] = false;
  };
  for (let index = 0; index < size; index += 1) {
    mark(6, index, index % 2 === 0);
    mark(index, 6, index % 2 === 0);
  }
  // A finder pattern takes the light separator around it with it.
  const far = size - 4;
  // prettier-ignore
  const corners = [[3, 3], [3, far], [far, 3]];
  for (const [row, column] of corners) markSquares(mark, row, column, [true, true, false, true, false]);
  markAlignment(mark, ALIGNED[version - 2] ?? []);
  for (const [row, column] of formatPlaces(size).flat()) mark(row, column, false);
  mark(size - 8, 8, true);
  if (version >= 7) markVersion(mark, version, size);
  return { modules, free };
}

/** Squares one within the other around a module, by their distance from it. */
function markSquares(mark, row, column, darks) {
  const reach = darks.length - 1;
  for (let down = -reach; down <= reach; down += 1) {
    for (let right = -reach; right <= reach; right += 1) {
      mark(row + down, column + right, darks[Math.max(Math.abs(down), Math.abs(right))]);
    }
  }
}

/** Alignment patterns wherever two of the lines cross, but for the three corners that have finder patterns. */
function markAlignment(mark, lines) {
  const last = lines.at(-1);
  for (const row of lines) {
    for (const column of lines) {
      const finder = (row === 6 && column === 6) || (row === 6 && column === last) || (row === last && column === 6);
      if (!finder) markSquares(mark, row, column, [true, false, true]);
    }
  }
}

/** The version and its twelve check bits, in two corners. */
function markVersion(mark, version, size) {
  const bits = (version << 12) | checkBits(version, 12, 0x1f25);
  for (let bit = 0; bit < 18; bit += 1) {
    const dark = ((bits >> bit) & 1) === 1;
    const [far, near] = [size - 11 + (bit % 3), Math.floor(bit / 3)];
    mark(far, near, dark);
    mark(near, far, dark);
  }
}

/** The two places of each of the fifteen bits of format, lowest first. */
function formatPlaces(size) {
  return Array.from({ length: 15 }, (_, bit) => [
    bit < 8 ? [bit < 6 ? bit : bit + 1, 8] : [8, bit === 8 ? 7 : 14 - bit],
    bit < 8 ? [8, size - 1 - bit] : [size - 15 + bit, 8],
  ]);
}

/** Level, mask and their ten check bits, turned over so that they are never all light. */
function markFormat(grid, level, mask) {
  const value = (level << 3) | mask;
  const bits = ((value << 10) | checkBits(value, 10, 0x537)) ^ 0x5412;
  formatPlaces(grid.length).forEach((places, bit) => {
    for (const [row, column] of places) grid[row][column] = ((bits >> bit) & 1) === 1;
  });
}

/** The remainder of a value, moved up by `width` bits, by a polynomial of that degree with coefficients 0 and 1. */
function checkBits(value, width, polynomial) {
  let rest = value << width;
  for (let bit = 31 - Math.clz32(rest); bit >= width; bit -= 1) {
    if ((rest >> bit) & 1) rest ^= polynomial << (bit - width);
  }
  return rest;
}

/** Places the bits two columns at a time from the right, upwards and downwards in turn, past the column of the timing pattern. */
function place(modules, free, codewords) {
  const size = modules.length;
  let next = 0;
  let upwards = true;
  for (let right = size - 1; right > 0; right -= right === 8 ? 3 : 2) {
    for (let step = 0; step < size; step += 1) {
      const row = upwards ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (!free[row][column]) continue;
        modules[row][column] = (((codewords[next >> 3] ?? 0) >> (7 - (next & 7))) & 1) === 1;
        next += 1;
      }
    }
    upwards = !upwards;
  }
}

/** How hard a symbol is to read, by the standard's four rules. */
function penalty(grid) {
  const columns = grid.map((_, index) => grid.map((row) => row[index]));
  const lines = [...grid, ...columns];
  const dark = grid.flat().filter(Boolean).length;
  const deviation = Math.floor(Math.abs((dark * 100) / grid.length ** 2 - 50) / 5);
  return sum(lines.map(penaltyOfLine)) + squares(grid) * 3 + deviation * 10;
}

/** Five or more modules alike in a row; and what looks like a finder pattern, with four light modules before or after it. */
function penaltyOfLine(line) {
  const long = runs(line).filter((run) => run.length >= 5);
  const text = line.map(Number).join('');
  const finders = [...text.matchAll(/(?=1011101)(?:(?<=0000)|(?=.{7}0000))/g)].length;
  return sum(long.map((run) => run.length - 2)) + finders * 40;
}

/** How many squares of two by two modules are alike, those that overlap included. */
function squares(grid) {
  const same = (row, above, c) => c > 0 && row[c] === row[c - 1] && row[c] === grid[above][c] && row[c] === grid[above][c - 1];
  return sum(grid.slice(1).map((row, above) => row.filter((_, c) => same(row, above, c)).length));
}

/** A row or column as runs of modules alike. */
function runs(line) {
  const found = [];
  line.forEach((dark, index) => {
    if (found.length > 0 && found.at(-1).dark === dark) found.at(-1).length += 1;
    else found.push({ dark, from: index, length: 1 });
  });
  return found;
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
