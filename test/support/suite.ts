/**
 * Runs the tests under tap: prints one line per file, every failure in full at the end, and as the last line
 * `N passed, N failed`. Exits with 1 when a test failed, a test file or tap itself died, or no test ran.
 *
 *   node test/support/suite.ts [file ...]   the named test files, or all of them, from the sources
 *   node test/support/suite.ts --dist       all but test/e2e/ from the sources, then test/e2e/ against dist/, which is what ships
 *   node test/support/suite.ts --deploy     only test/deploy/, which need tools such as a container engine and Prometheus;
 *                                           reports what was skipped
 *   node test/support/suite.ts --clients    only test/clients/, which need Python and its packages; the same
 *   node test/support/suite.ts --learn      only test/learn/: training, object stores, feature stores, bundles; the same
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { fileURLToPath } from 'node:url';
import { countsLine, createTally } from './tally.ts';
import type { Counts, Failure, Skip } from './tally.ts';

const TAP = fileURLToPath(new URL('../../node_modules/.bin/tap', import.meta.url));
/** Details of tap about how it ran a file, which do not explain a failure. */
const NOISE = new Set(['at', 'stdio', 'cwd', 'externalID', 'command', 'args', 'jobId']);

const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const failures: Failure[] = [];
const skips: Skip[] = [];

/** Folders whose tests need what only some machines have; each is run by an option of its name. */
const APART = ['deploy', 'clients', 'learn'];
const apart = APART.find((name) => process.argv.includes(`--${name}`));
const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const all =
  apart === undefined
    ? globSync('test/**/*.test.ts', { exclude: APART.map((name) => `test/${name}/**`) })
    : globSync(`test/${apart}/**/*.test.ts`);
const files = (named.length > 0 ? named : all).toSorted();
if (process.argv.includes('--dist')) {
  const endToEnd = (file: string): boolean => file.startsWith(join('test', 'e2e'));
  await run(files.filter((file) => !endToEnd(file)));
  console.log('\nend to end against dist/');
  await run(files.filter(endToEnd), { TEST_DIST: '1' });
} else await run(files);
const ran = total.passed + total.failed + (apart === undefined ? 0 : total.skipped);
if (ran === 0) fail('no test ran');

if (apart !== undefined && skips.length > 0) {
  console.log('\nNOT CHECKED, for want of what they need:');
  for (const { name, reason } of skips) console.log(`  ${name}${reason === '' ? '' : `: ${reason}`}`);
}
failures.forEach(printFailure);
console.log(`\n${countsLine(total)}`);
process.exitCode = total.failed > 0 ? 1 : 0;

async function run(files: readonly string[], environment: Record<string, string> = {}): Promise<void> {
  // tap that is told of no file would run every file.
  if (files.length === 0) return;
  const tally = createTally({
    onFile: (name, counts, milliseconds) =>
      console.log(
        `${counts.failed === 0 ? 'ok  ' : 'FAIL'}  ${name}  ${countsLine(counts)}  ${Math.round(milliseconds)} ms`,
      ),
    onOutput: (text) => process.stdout.write(text),
  });
  // Tests of clients and of learning share environments, which the first of them makes: one at a time.
  // stderr is inherited: errors of a test file that cannot be parsed are only written there.
  const tap = spawn(
    process.execPath,
    [TAP, '--reporter=tap', ...(apart === 'clients' || apart === 'learn' ? ['--jobs=1'] : []), ...files],
    {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  tap.stdout.pipe(tally.parser);
  const [[code, signal]] = await Promise.all([once(tap, 'close'), once(tally.parser, 'complete')]);
  total.passed += tally.counts.passed;
  total.failed += tally.counts.failed;
  total.skipped += tally.counts.skipped;
  failures.push(...tally.failures);
  skips.push(...tally.skips);
  if (code !== 0 && tally.counts.failed === 0) fail(`tap ended with ${signal ?? `exit code ${code}`}`);
}

function fail(name: string): void {
  total.failed++;
  failures.push({ name, details: {} });
}

function printFailure({ name, details }: Failure, index: number): void {
  console.log(`\n${index + 1}) ${name}`);
  for (const [key, value] of Object.entries(details)) {
    if (NOISE.has(key) || value === null) continue;
    const text = typeof value === 'string' ? value.trimEnd() : inspect(value, { depth: 8 });
    console.log(text.includes('\n') ? `   ${key}:\n${indent(text)}` : `   ${key}: ${text}`);
  }
}

function indent(text: string): string {
  return text.replace(/^/gm, '     ');
}
