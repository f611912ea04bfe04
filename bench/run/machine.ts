/** The machine and the sources of a run, as results state them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { GENERATOR_CORE } from '../generator/generator.ts';
import type { Machine } from '../record/results.ts';
import { ROOT } from '../../tools/process/ortolan.ts';
import { cores, hasTaskset } from '../../tools/process/pinning.ts';

/** Those whose speed is measured, and the generator. */
const PACKAGES = [
  'onnxruntime-node',
  'uWebSockets.js',
  '@julusian/jpeg-turbo',
  'sharp',
  'piscina',
  'autocannon',
  'hdr-histogram-js',
];

const PINNING = hasTaskset
  ? `The generator is a process of its own, pinned to core ${GENERATOR_CORE} of ${cores}; the server is not pinned and shares that core, ` +
    'so what the generator takes is missing from the server. In the rows of the front end alone (echo, trivial model) the server is pinned to core 0 and the generator to the last.'
  : `There is no taskset: generator and server share all ${cores} cores, unpinned.`;

const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as { version: string })
    .version;

export const machine = (): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores,
  memoryBytes: totalmem(),
  kernel: `Linux ${release()}`,
  versions: {
    node: process.versions.node,
    ...Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  },
  pinning: PINNING,
});

const git = (...args: string[]): string => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();

/** Results and what is made from them do not make the sources differ. */
export const sources = (): { readonly commit: string; readonly dirty: boolean } => ({
  commit: git('rev-parse', '--short', 'HEAD'),
  dirty:
    git(
      'status',
      '--porcelain',
      '--',
      '.',
      ':!bench/results',
      ':!docs/performance*',
      ':!test/reliability/results',
      ':!docs/reliability.md',
    ) !== '',
});

/** Load average of one minute, for each core, above which other processes disturb the figures. */
const BUSY = 0.5;

/** A sentence when others keep this machine busy; call it before anything is started. */
export function disturbance(): string | undefined {
  const load = loadavg()[0] ?? 0;
  if (load <= BUSY * cores) return undefined;
  return `the load average was ${load.toFixed(1)} on ${cores} cores when the run began: the figures hold for a busy machine only`;
}
