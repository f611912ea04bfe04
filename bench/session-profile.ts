/**
 * Where the time of a model goes, by operator, as onnxruntime's own profiler tells it: so that what is said about
 * kernels can be looked at again. One thread, one row of zeros a run, as a worker's narrow session runs it.
 *
 *   node bench/session-profile.ts models/efficientnet-lite0/1/model.onnx [runs]
 *
 * Prints milliseconds a run. The profiler itself costs some microseconds an operator, so the sum is a little more than
 * what a run takes without it; both are printed. A measuring program, no part of the server.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { allocate, elementsPerRow, onnxTypeOf } from '../src/tensor/tensor.ts';
import { readSignature } from '../workers/signature.ts';

/** One line of the profiler's file, as far as it is used: an operator that ran. */
interface Event {
  readonly cat: string;
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

const UNTIMED_RUNS = 5;
const KERNEL = /_kernel_time$/;

async function open(file: string, profile?: string): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(file, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
  });
}

function zeros(session: ort.InferenceSession): Record<string, ort.Tensor> {
  const signature = readSignature(session, { inputs: undefined, outputs: undefined, maxBatchSize: 1 });
  if ('code' in signature) throw new Error(signature.detail);
  return Object.fromEntries(
    signature.inputs.map((spec) => [
      spec.name,
      new ort.Tensor(
        onnxTypeOf(spec.datatype) as 'float32',
        allocate(spec.datatype, elementsPerRow(spec)) as Float32Array,
        [1, ...spec.shape],
      ),
    ]),
  );
}

/** Milliseconds of each run. */
async function timed(session: ort.InferenceSession, runs: number): Promise<number[]> {
  const feeds = zeros(session);
  for (let run = 0; run < UNTIMED_RUNS; run++) await session.run(feeds);
  const durations: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await session.run(feeds);
    durations.push(performance.now() - start);
  }
  return durations;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** Median over the runs of each node, summed by operator: a run that was disturbed does not count for more. */
function byOperator(events: readonly Event[]): Map<string, { readonly nodes: number; readonly ms: number }> {
  const ofNode = new Map<string, { operator: string; durations: number[] }>();
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || args?.op_name === undefined || !KERNEL.test(name)) continue;
    const node = ofNode.get(name) ?? { operator: args.op_name, durations: [] };
    node.durations.push(dur / 1000);
    ofNode.set(name, node);
  }
  const sums = new Map<string, { nodes: number; ms: number }>();
  for (const { operator, durations } of ofNode.values()) {
    const sum = sums.get(operator) ?? { nodes: 0, ms: 0 };
    sums.set(operator, { nodes: sum.nodes + 1, ms: sum.ms + median(durations) });
  }
  return sums;
}

function slowestNodes(events: readonly Event[], count: number): [string, number][] {
  const ofNode = new Map<string, number[]>();
  for (const { cat, name, dur } of events) {
    if (cat !== 'Node' || !KERNEL.test(name)) continue;
    ofNode.set(name, [...(ofNode.get(name) ?? []), dur / 1000]);
  }
  const nodes = [...ofNode].map(([name, ms]): [string, number] => [name.replace(KERNEL, ''), median(ms)]);
  return nodes.toSorted(([, a], [, b]) => b - a).slice(0, count);
}

async function main(file: string, runs: number): Promise<void> {
  const plain = await open(file);
  const without = median(await timed(plain, runs));
  await plain.release();
  const folder = mkdtempSync(join(tmpdir(), 'session-profile-'));
  try {
    const profiled = await open(file, join(folder, 'run'));
    await timed(profiled, runs);
    profiled.endProfiling();
    await profiled.release();
    const [written] = readdirSync(folder);
    const events = JSON.parse(readFileSync(join(folder, written!), 'utf8')) as Event[];
    const operators = [...byOperator(events)].toSorted(([, a], [, b]) => b.ms - a.ms);
    const sum = operators.reduce((ms, [, one]) => ms + one.ms, 0);
    console.log(`${file}: ${runs} runs, median ${without.toFixed(2)} ms; operators ${sum.toFixed(2)} ms`);
    for (const [operator, { nodes, ms }] of operators) {
      console.log(`${ms.toFixed(3).padStart(9)} ms  ${String(nodes).padStart(3)} x ${operator}`);
    }
    console.log('slowest nodes:');
    for (const [name, ms] of slowestNodes(events, 12))
      console.log(`${ms.toFixed(3).padStart(9)} ms  ${name}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [file, runs = '50'] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node bench/session-profile.ts MODEL.onnx [runs]');
  process.exitCode = 2;
} else {
  await main(file, Number(runs));
}
