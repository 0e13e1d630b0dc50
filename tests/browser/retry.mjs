// Runs the test files named by its arguments. A scene that fails is repeated once, and counted as flaky if it passes then.
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const MAX_FLAKY = 2;
const files = process.argv.slice(2);

/** Runs tests and prints their results; the names of those that passed and failed. A file that breaks off is named by its path. */
async function results(options) {
  const [passed, failed] = [[], []];
  const events = run({ concurrency: 2, ...options });
  events.on('test:pass', ({ name, details, skip }) => details.type !== 'suite' && skip === undefined && passed.push(name));
  events.on('test:fail', ({ name, details }) => details.type !== 'suite' && failed.push(name));
  const output = events.compose(spec);
  output.pipe(process.stdout, { end: false });
  await finished(output);
  return { passed, failed };
}

/** Repeats one scene or file; true if it passes. */
async function passes(name) {
  const again = files.find((file) => name.endsWith(file));
  const exactly = new RegExp(`^${name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}$`);
  const { passed, failed } = await results(again ? { files: [again] } : { files, testNamePatterns: [exactly] });
  return passed.length > 0 && failed.length === 0;
}

const { passed, failed } = await results({ files });
if (passed.length === 0 || failed.length > MAX_FLAKY) {
  console.log(`\n${failed.length} scenes failed, ${passed.length} passed; more than ${MAX_FLAKY} failures are not repeated`);
  process.exit(1);
}
for (const name of failed) {
  console.log(`\nrepeating: ${name}`);
  if (!(await passes(name))) {
    console.log(`\nfailed twice: ${name}`);
    process.exit(1);
  }
}
for (const name of failed) console.log(`flaky: ${name}`);
console.log(`\n${failed.length} flaky scenes; ${MAX_FLAKY} are allowed`);
