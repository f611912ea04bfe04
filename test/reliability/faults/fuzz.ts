/** R17: the fuzz tests, with as many cases as the form asks for. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Demand } from '../demand.ts';

const ROOT = join(import.meta.dirname, '../../..');

interface Fuzzed {
  readonly cases: number;
  readonly code: number | null;
}

export const fuzz: Demand = {
  id: 'R17',
  title: 'Fuzzing',
  demand:
    'Codecs, multipart, bytes of images, protocol and configuration, ten million cases in the long form: no crash, no hang, no status that is not declared',
  async run({ pick, say }) {
    const perProperty = pick(500, 20_000, 700_000);
    let cases = 0;
    let failed = 0;
    for (const file of globSync('test/fuzz/*.test.ts', { cwd: ROOT }).toSorted()) {
      const { cases: tried, code } = await fuzzed(file, perProperty);
      say(`${basename(file)}: ${tried} cases, exit code ${code}`);
      cases += tried;
      if (code !== 0) failed++;
    }
    return [
      { what: 'cases', value: cases, atLeast: pick(1000, 200_000, 10_000_000) },
      { what: 'files with a case that failed', value: failed, atMost: 0 },
    ];
  },
};

/** The file itself is the test program; what fails is shown on stderr. */
async function fuzzed(file: string, cases: number): Promise<Fuzzed> {
  const child = spawn(process.execPath, [file], {
    cwd: ROOT,
    env: { ...process.env, FUZZ_RUNS: String(cases), TAP_TIMEOUT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) console.error(output);
  return { cases: Number(/# fuzz cases: (\d+)/.exec(output)?.[1] ?? 0), code };
}
