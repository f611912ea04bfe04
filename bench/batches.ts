/**
 * What batches of a model gain and cost on this machine: processor time of a row on one thread by the rows of a batch, all sizes in turn, as a ratio
 * to a batch of one row in the same round; and by how much the process has grown when each size was first run.
 */
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { numberFrom, program } from '../tools/process/program.ts';
import { randomFeeds } from './inputs/random-feeds.ts';
import { extremes, median } from './record/statistics.ts';

const run = program(
  'node bench/batches.ts',
  'Prints what batches of a model gain, and what memory they cost.',
)
  .argument('<model>', 'path of a model.onnx with one input')
  .option('--most <n>', 'rows of the largest batch', numberFrom(1), 8)
  .option('--rounds <n>', 'rounds of all sizes', numberFrom(3), 30)
  .parse();
const { most, rounds } = run.opts<{ most: number; rounds: number }>();
/** Rows of a sample: as many of each size. */
const ROWS = 16;
const MIB = 2 ** 20;

const session = await ort.InferenceSession.create(run.args[0]!, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
});
if (session.inputMetadata.length !== 1) throw new Error('the model has not one input');

const anonymous = (): number =>
  Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;

const sizes: { rows: number; feed: ReturnType<typeof randomFeeds>; grown: number; ms: number[] }[] = [];
for (let rows = 1; rows <= most; rows *= 2) {
  const feed = randomFeeds(session, rows);
  const before = anonymous();
  for (let left = 12; left > 0; left--) await session.run(feed);
  sizes.push({ rows, feed, grown: anonymous() - before, ms: [] as number[] });
}
for (let round = 0; round < rounds; round++) {
  for (const { rows, feed, ms } of round % 2 === 0 ? sizes : sizes.toReversed()) {
    const before = process.threadCpuUsage();
    for (let left = ROWS / rows; left >= 1; left--) await session.run(feed);
    const { user, system } = process.threadCpuUsage(before);
    ms.push((user + system) / 1000 / (Math.max(1, Math.floor(ROWS / rows)) * rows));
  }
}
for (const { rows, ms, grown } of sizes) {
  const ratios = ms.map((one, round) => one / sizes[0]!.ms[round]!);
  const { min, max } = extremes(ratios);
  console.log(
    `${String(rows).padStart(3)} rows  ${median(ms).toFixed(3)} ms a row, least ${Math.min(...ms).toFixed(3)}; ` +
      `of one row ${median(ratios).toFixed(3)} (${min.toFixed(2)} to ${max.toFixed(2)}); grown by ${(grown / MIB).toFixed(1)} MiB`,
  );
}
