/**
 * Measures demands on reliability: one line of JSON for each on stdout, and exit code 1 when one is not met.
 *
 *   make soak                       all of them, in their standard form: half an hour on a quiet machine
 *   make soak ARGS="R2 R5 --long"   these, in their long form
 */
import { loadavg } from 'node:os';
import { program } from '../../tools/process/program.ts';
import { cores } from '../../tools/process/pinning.ts';
import { DEMANDS } from './demands.ts';
import { distanceOf, keeps, type Demand, type Figure, type Form, type Setting } from './demand.ts';
import { append, newFile, type Result } from './record.ts';
import { Scene } from './scene.ts';

/** Load average of a minute, for each core, above which others disturb figures of time. */
const BUSY = 0.5;

/** A demand that takes longer hangs. */
const LONGEST_MINUTES: Readonly<Record<Form, number>> = { quick: 6, standard: 20, long: 600 };

const command = program('node test/reliability/main.ts', 'Measures how reliable the server is.')
  .argument('[demands...]', 'R1 to R18; all of them when none is given')
  .option('--quick', 'the short forms, of which CI runs some')
  .option('--long', 'the long forms, which take hours')
  .option('--any-machine', 'only what does not need a quiet machine; times are shown and not judged')
  .option('--record', 'keep the results in test/reliability/results, from which docs/reliability.md is made')
  .option('--note <text>', 'a sentence that is recorded with each result')
  .parse();
const { quick, long, anyMachine, record, note } = command.opts<{
  anyMachine?: true;
  quick?: true;
  long?: true;
  record?: true;
  note?: string;
}>();
const form: Form = quick === true ? 'quick' : long === true ? 'long' : 'standard';
const wanted = command.args.map((id) => id.toUpperCase());
const unknown = wanted.find((id) => DEMANDS.every((demand) => demand.id !== id));
if (unknown !== undefined) command.error(`There is no ${unknown}.`, { exitCode: 2 });
const chosen = DEMANDS.filter(
  ({ id, quiet }) => (wanted.length === 0 || wanted.includes(id)) && !(anyMachine === true && quiet === true),
);

const file = record === true ? newFile(form) : undefined;
for (const demand of chosen) {
  const result = await measured(demand);
  console.log(JSON.stringify(result));
  if (file !== undefined) append(file, result);
  if (result.pass === false) process.exitCode = 1;
}
if (file !== undefined) await import('./write.ts');
// Sockets that a faulty peer has left open would keep the process.
process.exit();

async function measured(demand: Demand): Promise<Result> {
  const { id, demand: demanded } = demand;
  const startedAt = new Date().toISOString();
  const facts = {
    id,
    demand: demanded,
    form,
    startedAt,
    command: `make soak ARGS="${id}${form === 'standard' ? '' : ` --${form}`}"`,
  };
  const why = demand.missing?.();
  if (why !== undefined) return { ...facts, skipped: why, seconds: 0, figures: [] };
  const busy = (loadavg()[0] ?? 0) > BUSY * cores && demand.quiet === true;
  const from = performance.now();
  const scene = new Scene();
  const notes = [
    ...(note === undefined ? [] : [note]),
    ...(busy ? ['the machine was busy with other work'] : []),
  ];
  const seconds = (): number => Math.round((performance.now() - from) / 100) / 10;
  try {
    const figures = await inTime(demand, {
      form,
      scene,
      pick: (short, standard, longest = standard) =>
        form === 'quick' ? short : form === 'standard' ? standard : longest,
      say: (text) => console.error(`${id}: ${text}`),
    });
    return {
      ...facts,
      pass: figures.every((figure) => keeps(figure) || (anyMachine === true && figure.unit === 'ms')),
      seconds: seconds(),
      figures: figures.map((figure) => ({
        ...figure,
        value: rounded(figure.value),
        missing: rounded(distanceOf(figure)),
      })),
      ...(notes.length > 0 && { notes }),
    };
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return {
      ...facts,
      pass: false,
      seconds: seconds(),
      figures: [],
      failure,
      ...(notes.length > 0 && { notes }),
    };
  } finally {
    await scene.end();
  }
}

/** @throws Error when it takes much longer than it should: something hangs */
async function inTime(demand: Demand, setting: Setting): Promise<readonly Figure[]> {
  const minutes = LONGEST_MINUTES[setting.form];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it was not done after ${minutes} minutes`)), minutes * 60_000);
  });
  try {
    return await Promise.race([demand.run(setting), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** JSON knows no NaN: what could not be measured is null. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
