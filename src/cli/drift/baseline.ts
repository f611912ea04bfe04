/** `ortolan drift baseline`: writes what is normal for a version beside it, or has a running server make it. */
import { resolve } from 'node:path';
import { ServingError } from '../../errors.ts';
import {
  FALSE_ALARM_EVERY,
  MAX_ROWS,
  MIN_ROWS,
  WINDOW,
  type Reference,
} from '../../repository/drift/schema.ts';
import { driftFileOf } from '../../repository/drift/file.ts';
import { ModelError } from '../../repository/model-error.ts';
import { CliError } from '../cli-error.ts';
import { configOf } from '../config-flags.ts';
import { chosen, scan, versionsOf } from '../models/on-disk.ts';
import type { Terminal } from '../terminal.ts';
import { askDrift } from './asked.ts';
import { namedIn, wholeIn, type Named } from './named.ts';
import { report } from './report.ts';

const SOURCES = ['images', 'rows', 'traffic'] as const;

/** @throws CliError with exit code 1 when it cannot be made, 2 when what was typed makes no sense */
export async function makeReference(
  text: string,
  typed: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<void> {
  const named = namedIn(text);
  const sources = SOURCES.filter((name) => typed[name] !== undefined);
  if (sources.length !== 1)
    throw new CliError(2, 'Say what is normal by one of --images DIR, --rows FILE and --traffic ROWS.');
  const window = wholeIn(typed, 'window', WINDOW);
  const falseAlarmEvery = wholeIn(typed, 'falseAlarmEvery', FALSE_ALARM_EVERY);
  const oneIn = wholeIn(typed, 'oneIn', { least: 1, most: 1_000_000 });
  if (sources[0] === 'traffic') {
    const rows = wholeIn(typed, 'traffic', { least: MIN_ROWS, most: MAX_ROWS })!;
    const wish = { version: named.version, rows, one_in: oneIn, window, false_alarm_every: falseAlarmEvery };
    const shown = await askDrift(named.name, 'drift/baseline', typed, terminal, wish);
    terminal.out(typed['json'] === true ? JSON.stringify(shown, null, 2) : report(shown));
    return;
  }
  if (oneIn !== undefined) throw new CliError(2, '--one-in belongs to --traffic.');
  const promised = {
    window: window ?? WINDOW.normal,
    falseAlarmEvery: falseAlarmEvery ?? FALSE_ALARM_EVERY.normal,
  };
  await makeHere(named, sources[0]!, promised, typed, terminal);
}

async function makeHere(
  { name, version }: Named,
  source: 'images' | 'rows',
  promised: Pick<Reference, 'window' | 'falseAlarmEvery'>,
  typed: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<void> {
  const { config } = configOf(typed, terminal);
  const { models, unavailable } = chosen(await scan(config), name);
  const [entry] = models;
  if (entry === undefined) throw new CliError(1, `${name} is unavailable: ${unavailable[0]!.reason}`);
  const [file] = versionsOf(entry, version ?? entry.defaultVersion);
  const path = resolve(terminal.cwd, String(typed[source]));
  const { makeBaseline } = await import('../../root/drift-baseline.ts');
  try {
    const { reference, failed, firstFailure } = await makeBaseline(entry, file!, config, {
      given: source === 'images' ? { kind: source, folder: path } : { kind: source, file: path },
      progress: progressTo(terminal, source),
      ...promised,
    });
    if (firstFailure !== undefined)
      terminal.err(`warning: ${failed} ${source} were left out, the first: ${firstFailure}`);
    const written = driftFileOf(file!);
    const { rows, window, falseAlarmEvery } = reference;
    const features = reference.numbers.length + reference.classes.length;
    if (typed['json'] === true)
      terminal.out(JSON.stringify({ file: written, rows, features, window, falseAlarmEvery, failed }));
    else
      terminal.out(
        `${written}: ${features} features of ${rows} ${source}. ` +
          `Every ${window} rows are compared; without drift one window in ${falseAlarmEvery} alarms.`,
      );
  } catch (error) {
    if (error instanceof ModelError || error instanceof ServingError) throw new CliError(1, error.message);
    throw error;
  }
}

/** A line for every so many, for people who wait. */
const TELL_EVERY = 250;

const progressTo =
  (terminal: Terminal, what: string) =>
  (done: number, of: number | undefined): void => {
    if (terminal.watched && done % TELL_EVERY === 0)
      terminal.err(`${done}${of === undefined ? '' : ` of ${of}`} ${what}`);
  };
