/**
 * Where the time of a run goes, by operator, as onnxruntime's profiler sees it: one thread, random bytes or floats as inputs. The
 * profiler itself costs some microseconds for each operator, so that the sum is a little more than a run without it.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { numberFrom, program } from '../tools/process/program.ts';
import { randomFeeds } from './inputs/random-feeds.ts';
import { median } from './record/statistics.ts';

interface Span {
  readonly cat: string;
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

const options = program('node bench/operators.ts', 'Prints the time of each operator of a model.')
  .argument('<model>', 'path of a model.onnx')
  .option('--rows <n>', 'rows of a batch', numberFrom(1), 1)
  .option('--runs <n>', 'runs that are measured', numberFrom(1), 60)
  .option('--each', 'each node by its name, not the sum of those of a kind')
  .option('--plain', 'the file as it is, not optimised: for compiled forms')
  .parse();
const {
  rows,
  runs,
  each = false,
  plain = false,
} = options.opts<{
  rows: number;
  runs: number;
  each?: true;
  plain?: true;
}>();
const WARM_UP = 20;

const folder = mkdtempSync(join(tmpdir(), 'operators-'));
const session = await ort.InferenceSession.create(options.args[0]!, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
  graphOptimizationLevel: plain ? 'disabled' : 'all',
  enableProfiling: true,
  profileFilePrefix: join(folder, 'run'),
});
const feeds = randomFeeds(session, rows);
const ms: number[] = [];
for (let run = 0; run < WARM_UP + runs; run++) {
  const before = performance.now();
  await session.run(feeds);
  if (run >= WARM_UP) ms.push(performance.now() - before);
}
session.endProfiling();
const [file] = readdirSync(folder);
const spans = JSON.parse(readFileSync(join(folder, file!), 'utf8')) as readonly Span[];
rmSync(folder, { recursive: true });

// By node, the runs that were measured; the shortest of each.
const byNode = Map.groupBy(
  spans.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time')),
  ({ name }) => name,
);
const nodes = [...byNode].map(([name, all]) => ({
  name: name.slice(0, -'_kernel_time'.length),
  op: all[0]!.args?.op_name ?? '',
  us: Math.min(...all.slice(WARM_UP).map(({ dur }) => dur)),
}));
const sumOf = (some: readonly { readonly us: number }[]): number =>
  some.reduce((total, { us }) => total + us, 0);
const sum = sumOf(nodes);
console.log(
  `run ${median(ms).toFixed(2)} ms, operators ${(sum / 1000).toFixed(2)} ms, ${nodes.length} nodes`,
);
const line = (name: string, count: number, us: number): void =>
  console.log(
    `${String(Math.round(us)).padStart(7)} us ${String(count).padStart(4)}  ${((100 * us) / sum).toFixed(1).padStart(5)} %  ${name}`,
  );
if (each) for (const { name, op, us } of nodes) line(`${op} ${name}`, 1, us);
else {
  const kinds = [...Map.groupBy(nodes, ({ op }) => op)].map(([op, all]) => ({
    op,
    count: all.length,
    us: sumOf(all),
  }));
  for (const { op, count, us } of kinds.toSorted((a, b) => b.us - a.us)) line(op, count, us);
}
