/**
 * Judges a challenger by the champion: both answer every example on this machine, by the same code as the server's, and src/gate/ counts.
 * One worker with two versions; the runs of the two alternate, so that what disturbs one disturbs the other.
 */
import { stat } from 'node:fs/promises';
import { arch, cpus } from 'node:os';
import type { Config } from '../config/schema.ts';
import { digestOf, ExamplesError, type Examples } from '../examples/examples.ts';
import { NONE, type Answer } from '../gate/comparison.ts';
import { reportOf, type Side } from '../gate/gate.ts';
import type { AskedLimits } from '../gate/limits.ts';
import type { Pool } from '../pool/pool.ts';
import { contentDigest } from '../repository/digest.ts';
import type { Report } from '../repository/report.ts';
import type { ModelEntry, VersionEntry } from '../repository/repository.ts';
import { filesOf } from '../repository/version-files.ts';
import { contentOf } from '../serving/contents.ts';
import { loadTaskOf } from '../serving/settings.ts';
import { elementsIn, elementsOf, type TensorSpec } from '../tensor/tensor.ts';
import { topClasses } from '../tensor/top-classes.ts';
import type { Loaded } from '../thread/load.ts';
import type { ItemResult } from '../thread/messages.ts';
import type { Payload } from '../thread/payload.ts';
import { GateError } from './gate-error.ts';
import { withOneWorker } from './one-worker.ts';

/** A version, and the model whose model.json holds for it. Its files may lie outside of the repository. */
export interface Contender {
  readonly entry: ModelEntry;
  readonly file: VersionEntry;
}

export interface Contest {
  readonly champion: Contender;
  readonly challenger: Contender;
  readonly examples: Examples;
  readonly asked: AskedLimits;
  readonly made?: Report['made'] | undefined;
}

/** Called after each example that both have answered. */
export type OnProgress = (done: number, of: number) => void;

/**
 * @throws GateError when the champion fails, or does not name classes; ExamplesError when an example does not fit;
 *   ServingError or ModelError when a version cannot be loaded
 */
export async function judge(
  { champion, challenger, examples, asked, made }: Contest,
  config: Config,
  onProgress: OnProgress = () => undefined,
): Promise<Report> {
  if (examples.items.length === 0) throw new GateError('There are no examples to judge by.');
  const sides = [await factsOf(champion), await factsOf(challenger)] as const;
  return withOneWorker({ ...config, wideThreads: 1 }, async (pool) => {
    const runners = [
      await runnerOf(pool, champion, 0, config),
      await runnerOf(pool, challenger, 1, config),
    ] as const;
    const { answers, times } = await answered(runners, examples, onProgress);
    const [before, after] = times.map(medianOf);
    return reportOf({
      answers,
      champion: { ...sides[0], ...(before !== undefined && { msPerRow: before }) },
      challenger: { ...sides[1], ...(after !== undefined && { msPerRow: after }) },
      asked,
      examples: { kind: examples.kind, sha256: digestOf(examples) },
      machine: { processor: cpus()[0]?.model.trim() ?? 'unknown', architecture: arch() },
      labels: champion.entry.labels,
      made,
      madeAt: new Date().toISOString(),
    });
  });
}

/**
 * The classes that one version names for the examples, in their order.
 * @throws as judge()
 */
export async function answersOf(
  contender: Contender,
  examples: Examples,
  config: Config,
): Promise<readonly number[]> {
  return withOneWorker({ ...config, wideThreads: 1 }, async (pool) => {
    const runner = await runnerOf(pool, contender, 0, config);
    const answers: number[] = [];
    for (const example of examples.items) {
      const { answer } = await runner.run(await example.payload(runner.inputs));
      if (typeof answer === 'string') throw new GateError(`The model fails at ${example.name}: ${answer}`);
      answers.push(answer);
    }
    return answers;
  });
}

async function factsOf({ entry, file }: Contender): Promise<Side> {
  const files = await filesOf(file);
  const sizes = await Promise.all(files.map(async ({ path }) => (await stat(path)).size));
  return {
    name: entry.name,
    version: file.version,
    sha256: await contentDigest(file),
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}

interface Run {
  /** The class; why there is none. */
  readonly answer: number | string;
  readonly ms: number;
}

interface Runner {
  readonly inputs: readonly TensorSpec[];
  /** Undefined where the file leaves it open. */
  readonly classes: number | undefined;
  run(payload: Payload): Promise<Run>;
}

async function runnerOf(
  pool: Pool,
  { entry, file }: Contender,
  instance: number,
  config: Config,
): Promise<Runner> {
  const content = await contentOf(file, config);
  const task = loadTaskOf({ entry, file, instance }, config, content);
  const { report } = await pool.load({ ...task, warmUpTo: 1, compiledFolder: undefined });
  const classes = classesOf(report, `${entry.name} ${file.version}`);
  return {
    inputs: report.inputs,
    classes,
    async run(payload) {
      const outcome = await pool.workerWith(instance).run(instance, 'narrow', [payload], 0).outcome;
      if (outcome.kind === 'done') return { answer: classIn(outcome.items[0]!, report), ms: outcome.inferMs };
      if (outcome.kind === 'failure') return { answer: outcome.detail, ms: 0 };
      throw new GateError('The thread that ran the model has ended.');
    },
  };
}

/** How many classes the first output names; undefined where it holds a class itself. @throws GateError for another output */
function classesOf({ outputs }: Pick<Loaded, 'outputs'>, what: string): number | undefined {
  const [output] = outputs;
  const { name, datatype, shape } = output!;
  const own = shape.slice(1);
  if ((datatype === 'FP32' || datatype === 'FP64') && own.length === 1 && (own[0]! > 1 || own[0]! < 0))
    return own[0]! < 0 ? undefined : own[0];
  if ((datatype === 'INT64' || datatype === 'INT32') && elementsOf(own) === 1) return undefined;
  throw new GateError(
    `The gate compares classes, and the first output of ${what} is ${name} ${datatype} [${shape.join(', ')}]: it takes scores ` +
      'of two classes or more (FP32 [-1, n]), or the number of a class (INT64 [-1]). "outputs" in model.json chooses which comes first.',
  );
}

function classIn(item: ItemResult, { outputs: specs }: Loaded): number | string {
  if (item.kind === 'failure') return item.detail;
  if (item.kind === 'classes') return item.classes[0]!;
  const values = elementsIn(specs[0]!.datatype, item.outputs[0]!.data);
  if (values.length === 1) return Number(values[0]);
  const scores = values as Float32Array;
  if (scores.some(Number.isNaN)) return 'it has returned NaN.';
  return topClasses(scores, 0, scores.length, 1, false).classes[0]!;
}

async function answered(
  [champion, challenger]: readonly [Runner, Runner],
  { items }: Examples,
  onProgress: OnProgress,
): Promise<{ answers: Answer[]; times: readonly [number[], number[]] }> {
  const answers: Answer[] = [];
  const times: readonly [number[], number[]] = [[], []];
  for (const example of items) {
    const { label, name } = example;
    if (label !== undefined && champion.classes !== undefined && label >= champion.classes)
      throw new ExamplesError(
        `${name} has the class ${label}, and the model has 0 to ${champion.classes - 1}.`,
      );
    const first = await champion.run(await example.payload(champion.inputs));
    if (typeof first.answer === 'string')
      throw new GateError(`The champion fails at ${name}: ${first.answer}`);
    const second = await challenger.run(await example.payload(challenger.inputs));
    const answer = typeof second.answer === 'string' ? NONE : second.answer;
    answers.push({ label, champion: first.answer, challenger: answer });
    times[0].push(first.ms);
    if (answer !== NONE) times[1].push(second.ms);
    onProgress(answers.length, items.length);
  }
  return { answers, times };
}

/** Milliseconds to a thousandth; undefined of none. */
function medianOf(times: readonly number[]): number | undefined {
  if (times.length === 0) return undefined;
  const sorted = times.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)]! * 1000) / 1000;
}
