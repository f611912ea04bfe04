/**
 * `ortolan models compress`: makes a smaller version of a model in a folder beside its versions, judges it by examples that nothing else has seen,
 * and puts it in place only when it passes. What is refused leaves nothing behind, and neither does a command that is interrupted.
 */
import type { Command } from 'commander';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../../../config/schema.ts';
import { isLabelled } from '../../../gate/comparison.ts';
import { limitsOf } from '../../../gate/limits.ts';
import { unattainable } from '../../../gate/verdict.ts';
import { some, split, without, type Examples, type Split } from '../../../examples/examples.ts';
import { npyHead } from '../../../tensor/npy.ts';
import { discard, keepDefault, nextVersion, register, stagingFolder } from '../../../repository/registration.ts';
import { REPORT_FILE, type Report } from '../../../repository/report.ts';
import type { ModelEntry, VersionEntry } from '../../../repository/repository.ts';
import { isSigned } from '../../../repository/trust/signed.ts';
import { isEncrypted, MODEL_FILE } from '../../../repository/versions.ts';
import { CliError } from '../../cli-error.ts';
import { configOf } from '../../config-flags.ts';
import { printable } from '../../table.ts';
import type { Terminal } from '../../terminal.ts';
import { examplesIn, limitsIn, readExamples } from '../gate/flags.ts';
import { championOf, modelOf, outside, plainly, requireFolder, requirePassed, written } from '../gate/gate.ts';
import { textOf } from '../gate/text.ts';
import { versionsOf } from '../on-disk.ts';
import { showSteps, type Steps } from '../steps.ts';
import { addCompressFlags, howIn, type How } from './flags.ts';
import { made, pythonFor } from './program.ts';

type Typed = Readonly<Record<string, unknown>>;

/** More calibrate no better, and take longer. */
const MOST_CALIBRATION = 256;
const LEAST_CALIBRATION = 8;
const LEAST_TRAINING = 100;

export const configureCompress = (command: Command, terminal: Terminal): void =>
  void addCompressFlags(command.command('compress')).action((name: string, typed) =>
    compressModel(name, typed, terminal),
  );

/** @throws CliError: exit code 3 when the gate refuses it, 1 when it cannot be made, 2 when the arguments are wrong */
async function compressModel(name: string, typed: Typed, terminal: Terminal): Promise<void> {
  const how = howIn(typed);
  await requireFolder(typed['report'], terminal.cwd);
  const { config } = configOf(typed, terminal);
  const entry = await modelOf(name, config, terminal);
  const from = versionsOf(entry, championOf(typed['from'], entry))[0]!;
  if (from.fault !== undefined) throw new CliError(1, `${name} ${from.version} cannot be used: ${from.fault}`);
  if (isEncrypted(from))
    throw new CliError(1, `${name} ${from.version} is encrypted, and what is made of it would lie there in plain: compress the plain model, then encrypt.`);
  const steps = showSteps(terminal);
  const interrupted = new AbortController();
  const stop = (): void => interrupted.abort();
  for (const signal of SIGNALS) process.once(signal, stop);
  try {
    await plainly(async () => {
      const parts = await partsOf(typed, entry, config, terminal);
      requireEnough(how, parts, typed);
      const python = await pythonFor(how, steps);
      const staged = await stagingFolder(entry);
      try {
        const job: Job = { entry, from, how, parts, typed, staged, config, python, steps, signal: interrupted.signal };
        await finish(job, await madeAndJudged(job), terminal);
      } finally {
        await discard(staged);
      }
    });
  } catch (error) {
    if (interrupted.signal.aborted) throw new CliError(1, 'Interrupted. Nothing was registered.');
    if (isFull(error)) throw new CliError(1, `The disk of ${entry.folder} is full. Nothing was registered.`);
    throw error;
  } finally {
    steps.stop();
    for (const signal of SIGNALS) process.removeListener(signal, stop);
  }
}

const isFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Job {
  readonly entry: ModelEntry;
  readonly from: VersionEntry;
  readonly how: How;
  readonly parts: Split;
  readonly typed: Typed;
  readonly staged: string;
  readonly config: Config;
  readonly python: string;
  readonly steps: Steps;
  readonly signal: AbortSignal;
}

/** What is used to make it, and what judges it: apart by content. */
async function partsOf(typed: Typed, entry: ModelEntry, config: Config, terminal: Terminal): Promise<Split> {
  const all = await examplesIn(typed, entry, config, terminal);
  if (typeof typed['heldOut'] !== 'string') return split(all, typed['heldOutShare'] as number);
  const path = resolve(terminal.cwd, typed['heldOut']);
  const heldOut = await readExamples(path, all.kind === 'images', entry.labels, config);
  return { used: without(all, heldOut), heldOut };
}

/** @throws CliError when the examples cannot be enough, before anything long begins */
function requireEnough(how: How, { used, heldOut }: Split, typed: Typed): void {
  if (how.kind === 'prune' && !used.labelled)
    throw new CliError(2, 'Pruning trains what is left, and needs the right answers: images in folders by class, or y in the file.');
  const least = how.kind === 'int8' ? LEAST_CALIBRATION : LEAST_TRAINING;
  if (used.items.length < least) {
    const what = how.kind === 'int8' ? 'calibrate' : 'train';
    throw new CliError(1, `There are ${used.items.length} examples to ${what} with: ${least} are the least.`);
  }
  const limits = limitsOf(limitsIn(typed), isLabelled(heldOut.items));
  const reason = unattainable(heldOut.items.length, limits);
  if (reason !== undefined) throw new CliError(1, `${reason} Give more examples, or a greater --held-out-share.`);
}

/** Makes the candidate in its folder, and judges it. */
async function madeAndJudged(job: Job): Promise<Report> {
  const { entry, from, how, parts, staged, config, steps, typed } = job;
  const { writeInputs } = await import('../../../root/model-inputs.ts');
  const { judge } = await import('../../../root/gate.ts');
  // Below the folder of the version, so that it goes with it; removed before the version is put in place.
  const scratch = join(staged, '.scratch');
  await mkdir(scratch);
  const used = how.kind === 'int8' ? some(parts.used, MOST_CALIBRATION) : parts.used;
  const champion = { entry, file: from };
  const told = (step: string) => (done: number, of: number) => {
    job.signal.throwIfAborted();
    steps.at(step, done, of);
  };
  const inputs = await writeInputs(champion, used, scratch, config, told('reading examples'));
  const target = join(staged, MODEL_FILE);
  const labels = how.kind === 'prune' ? await writeLabels(used, join(scratch, 'labels.npy')) : undefined;
  const facts = await made({ how, model: from.file, inputs, labels, target }, job.python, steps, job.signal);
  await rm(scratch, { recursive: true });
  job.signal.throwIfAborted();
  const candidate = { ...outside(target, (await stat(target)).size), version: await nextVersion(entry) };
  return judge(
    {
      champion,
      challenger: { entry, file: candidate },
      examples: parts.heldOut,
      asked: { ...limitsIn(typed), smallerOrFaster: true },
      made: { how: how.kind, from: from.version, facts },
    },
    config,
    told('judging'),
  );
}

/** Prints it, and registers what has passed. @throws CliError with exit code 3 when it is refused */
async function finish(job: Job, report: Report, terminal: Terminal): Promise<void> {
  const { entry, from, typed, steps, staged } = job;
  steps.stop();
  if (typeof typed['report'] === 'string') await written(resolve(terminal.cwd, typed['report']), report);
  terminal.out(typed['json'] === true ? JSON.stringify(report, null, 2) : textOf(report));
  requirePassed(report);
  await requireServable(job);
  await writeFile(join(staged, REPORT_FILE), `${JSON.stringify(report, null, 2)}\n`);
  job.signal.throwIfAborted();
  const kept = await keepDefault(entry);
  const version = await register(entry, staged);
  terminal.err(printable(`${entry.name} ${version} is in ${join(entry.folder, version)}, with its ${REPORT_FILE}.`));
  terminal.err(
    kept
      ? `Version ${entry.defaultVersion} goes on answering where none is named: "defaultVersion" in model.json decides.`
      : `It answers where no version is named: its number is the highest, and the signed model.json names no default.`,
  );
  if (isSigned(from)) terminal.err(`It is not signed yet: ortolan models sign ${entry.name} ${version}.`);
}

/** The checks that a server makes before it serves it. @throws CliError with exit code 3 */
async function requireServable({ entry, staged, config, steps }: Job): Promise<void> {
  steps.at('checking as the server does', 0, 0);
  const { verify } = await import('../../../root/verify.ts');
  const file = join(staged, MODEL_FILE);
  const candidate = { ...outside(file, (await stat(file)).size), version: await nextVersion(entry) };
  const faults: string[] = [];
  await verify(entry, candidate, config, ({ finding, failed }) => {
    if (failed) faults.push(finding);
  });
  steps.stop();
  if (faults.length > 0)
    throw new CliError(
      3,
      printable(`Refused: the server would not load it. ${faults.join('; ')}. Golden samples may name the "versions" that they are for.`),
    );
}

/** The classes as an array of NumPy; returns its file. */
async function writeLabels({ items }: Examples, file: string): Promise<string> {
  const classes = BigInt64Array.from(items, ({ label }) => BigInt(label!));
  const head = npyHead({ datatype: 'INT64', shape: [items.length] });
  await writeFile(file, Buffer.concat([head, Buffer.from(classes.buffer)]));
  return file;
}
