/** Checks with promtool of Prometheus. Where it is not installed, tests that need it are skipped with a reason. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onPath } from '../../tools/process/on-path.ts';

const found = onPath('promtool') !== undefined;

/** Options of a test that cannot run without promtool. */
export const WITH_PROMTOOL: { readonly skip?: string } = found
  ? {}
  : {
      skip: 'promtool is not on this machine: what it would have checked was NOT checked (Debian: apt install prometheus)',
    };

export interface Verdict {
  readonly good: boolean;
  /** The lines of its output. */
  readonly said: readonly string[];
}

/** Lints metrics in Prometheus's text format. */
export const lintMetrics = (text: string): Verdict => promtool(['check', 'metrics'], text);

/** Checks rules. `yaml`: the content of a rule file. */
export const checkRules = (yaml: string): Verdict =>
  inFile(yaml, (file) => promtool(['check', 'rules', file]));

/** Parses OpenMetrics, which promtool reads only as a backup of a database, where every sample has a timestamp. */
export const readOpenMetrics = (text: string): Verdict =>
  inFile(withTimes(text), (file) =>
    promtool(['tsdb', 'create-blocks-from', 'openmetrics', file, `${file}.data`]),
  );

/** Runs promtool. `input`: its standard input. */
export function promtool(args: readonly string[], input = ''): Verdict {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  return { good: status === 0, said: `${stdout}${stderr}`.split('\n').filter((line) => line !== '') };
}

function inFile(text: string, read: (file: string) => Verdict): Verdict {
  const folder = mkdtempSync(join(tmpdir(), 'ortolan-promtool-'));
  try {
    writeFileSync(join(folder, 'given'), text);
    return read(join(folder, 'given'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Adds the same timestamp to all samples, before the exemplar if there is one. */
function withTimes(text: string): string {
  return text.replaceAll(/^([a-z]\w*(?:\{.*?\})? \S+)((?: # .*)?)$/gm, '$1 1700000000$2');
}
