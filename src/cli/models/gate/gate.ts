/** `ortolan models gate`: whether one version, or a file, may take the place of another. */
import type { Command } from 'commander';
import { stat, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { ServingError } from '../../../errors.ts';
import { ExamplesError } from '../../../examples/examples.ts';
import { ModelError } from '../../../repository/model-error.ts';
import type { Report } from '../../../repository/report.ts';
import type { ModelEntry, VersionEntry } from '../../../repository/repository.ts';
import { isVersion } from '../../../repository/versions.ts';
import { GateError } from '../../../root/gate-error.ts';
import { CliError } from '../../cli-error.ts';
import { addConfigFlags, configOf } from '../../config-flags.ts';
import { printable } from '../../table.ts';
import type { Terminal } from '../../terminal.ts';
import { chosen, report as reportFaults, scan, versionsOf } from '../on-disk.ts';
import { showSteps } from '../steps.ts';
import { addExampleFlags, addLimitFlags, examplesIn, limitsIn } from './flags.ts';
import { textOf } from './text.ts';

type Typed = Readonly<Record<string, unknown>>;

export function configureGate(command: Command, terminal: Terminal): void {
  const gate = command
    .command('gate')
    .description('Judge a version by another one on held-out examples: answers, size and speed.')
    .argument('<name>', 'the model')
    .requiredOption('--challenger <version>', 'the version that is judged, or the path of an ONNX file')
    .option('--champion <version>', 'the version that it is measured against; default: the one that answers');
  addLimitFlags(addExampleFlags(gate))
    .option('--report <file>', 'write the report, passed or refused')
    .option('--json', 'print the report as JSON');
  addConfigFlags(gate, ['models', 'modelName', 'modelKeyFile']).action((name: string, typed) =>
    gateModel(name, typed, terminal),
  );
}

/** @throws CliError: exit code 3 when it is refused, 1 when it cannot be judged, 2 when the arguments are wrong */
async function gateModel(name: string, typed: Typed, terminal: Terminal): Promise<void> {
  await requireFolder(typed['report'], terminal.cwd);
  const { config } = configOf(typed, terminal);
  const entry = await modelOf(name, config, terminal);
  const champion = versionsOf(entry, championOf(typed['champion'], entry))[0]!;
  const challenger = await challengerOf(String(typed['challenger']), entry, terminal.cwd);
  const report = await plainly(async () => {
    const examples = await examplesIn(typed, entry, config, terminal);
    const { judge } = await import('../../../root/gate.ts');
    const steps = showSteps(terminal);
    try {
      const contest = {
        champion: { entry, file: champion },
        challenger: { entry, file: challenger },
        examples,
        asked: limitsIn(typed),
      };
      return await judge(contest, config, (done, of) => steps.at('judging', done, of));
    } finally {
      steps.stop();
    }
  });
  if (typeof typed['report'] === 'string') await written(resolve(terminal.cwd, typed['report']), report);
  terminal.out(typed['json'] === true ? JSON.stringify(report, null, 2) : textOf(report));
  requirePassed(report);
}

/** The only usable model of that name. @throws CliError */
export async function modelOf(
  name: string,
  config: Parameters<typeof scan>[0],
  terminal: Terminal,
): Promise<ModelEntry> {
  const { models, unavailable, warnings } = chosen(await scan(config), name);
  reportFaults({ unusable: unavailable, warnings }, terminal);
  const [entry] = models;
  if (entry === undefined) throw new CliError(1, `${name} cannot be used as it lies there.`);
  return entry;
}

export const championOf = (typed: unknown, { defaultVersion }: ModelEntry): string =>
  typeof typed === 'string' ? typed : defaultVersion;

/** @throws CliError with exit code 3 and every reason */
export function requirePassed({ gate }: Report): void {
  if (!gate.passed) throw new CliError(3, printable(`Refused. ${gate.refusals.join(' ')}`));
}

/** Errors that people can act on become a sentence; anything else keeps its stack. @throws CliError */
export async function plainly<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isExpected(error)) throw new CliError(1, printable(error.message));
    throw error;
  }
}

const isExpected = (error: unknown): error is Error =>
  error instanceof GateError ||
  error instanceof ExamplesError ||
  error instanceof ModelError ||
  error instanceof ServingError;

async function challengerOf(typed: string, entry: ModelEntry, cwd: string): Promise<VersionEntry> {
  if (isVersion(typed)) return versionsOf(entry, typed)[0]!;
  const file = resolve(cwd, typed);
  const facts = await stat(file).catch(() => undefined);
  if (facts?.isFile() !== true)
    throw new CliError(2, `--challenger ${typed} is neither the number of a version nor an ONNX file.`);
  return outside(file, facts.size);
}

/** A file that is no version of the model yet. */
export const outside = (file: string, bytes: number): VersionEntry => ({
  version: basename(dirname(file)),
  file,
  root: dirname(file),
  bytes,
  sha256Declared: undefined,
});

/** Before minutes of work: that a report can be written where it was asked for. @throws CliError with exit code 2 */
export async function requireFolder(report: unknown, cwd: string): Promise<void> {
  if (typeof report !== 'string') return;
  const folder = dirname(resolve(cwd, report));
  const facts = await stat(folder).catch(() => undefined);
  if (facts?.isDirectory() !== true) throw new CliError(2, `--report ${report}: there is no folder ${folder}.`);
}

/** Writes a report, whole or not at all. @throws CliError */
export async function written(file: string, report: Report): Promise<void> {
  const temporary = `${file}.part`;
  try {
    await writeFile(temporary, `${JSON.stringify(report, null, 2)}\n`);
    await rename(temporary, file);
  } catch (error) {
    throw new CliError(1, `${file} cannot be written (${(error as NodeJS.ErrnoException).code}).`);
  }
}
