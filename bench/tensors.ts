/**
 * What a tensor of 600 KB costs in each form that a client may send: one row of 3 x 224 x 224 floats to a model that returns
 * its mean, and to one that returns the row. The same server, the forms in turn. Run nothing else on the machine at the same
 * time.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Generator, GENERATOR_CORE } from './generator/generator.ts';
import { WORK } from './inputs/only-version.ts';
import { median } from './record/statistics.ts';
import { cpuMsOf } from './run/answer-cost.ts';
import { SLO_MS } from './run/context.ts';
import { PATIENT } from './run/phases.ts';
import { FLOAT, writeModel, type Node } from '../tools/onnx/model.ts';
import { startOrtolan } from '../tools/process/ortolan.ts';
import { numberFrom, program } from '../tools/process/program.ts';
import { seededRandom } from '../tools/random/seeded.ts';

const CONNECTIONS = 4;
const WARM_UP_MS = 500;
const ROW = [3, 224, 224];
const ELEMENTS = ROW.reduce((product, length) => product * length, 1);

const { rounds, seconds } = program(
  'node bench/tensors.ts',
  'What a tensor of 600 KB costs in each form (a minute).',
)
  .option('--rounds <n>', 'how often each form is measured', numberFrom(1), 3)
  .option('--seconds <n>', 'length of one phase of load', numberFrom(0.1), 3)
  .parse()
  .opts<{ rounds: number; seconds: number }>();

/** x [N, 3, 224, 224] to y by one operator. */
function model(
  name: string,
  { shape, ...node }: Pick<Node, 'op' | 'attributes'> & { shape: number[] },
): void {
  const folder = join(WORK, 'tensors', name, '1');
  mkdirSync(folder, { recursive: true });
  const file = writeModel({
    inputs: [{ name: 'x', type: FLOAT, shape: ['N', ...ROW] }],
    outputs: [{ name: 'y', type: FLOAT, shape: ['N', ...shape] }],
    nodes: [{ ...node, inputs: ['x'], outputs: ['y'] }],
  });
  writeFileSync(join(folder, 'model.onnx'), file);
}
model('mean', { op: 'ReduceMean', attributes: { axes: [1, 2, 3], keepdims: 0 }, shape: [] });
model('same', { op: 'Neg', shape: ROW });

const random = seededRandom(1);
const row = Float32Array.from({ length: ELEMENTS }, () => Math.round(random() * 1000) / 1000);
const bytes = Buffer.from(row.buffer);
const tensor = { name: 'x', shape: [1, ...ROW], datatype: 'FP32' };
const head = Buffer.from(
  JSON.stringify({
    inputs: [{ ...tensor, parameters: { binary_data_size: bytes.length } }],
    parameters: { binary_data_output: true },
  }),
);
const octets = { 'content-type': 'application/octet-stream', accept: 'application/octet-stream' };

interface Form {
  readonly name: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}
const binary = { 'inference-header-content-length': String(head.length) };
const FORMS: readonly Form[] = [
  { name: 'v1 raw', path: '/v1/models/mean/predict', headers: octets, body: bytes },
  { name: 'v1 raw, both ways', path: '/v1/models/same/predict', headers: octets, body: bytes },
  { name: 'v2 binary', path: '/v2/models/mean/infer', headers: binary, body: Buffer.concat([head, bytes]) },
  {
    name: 'v2 binary, both ways',
    path: '/v2/models/same/infer',
    headers: binary,
    body: Buffer.concat([head, bytes]),
  },
  {
    name: 'v2 JSON',
    path: '/v2/models/mean/infer',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ inputs: [{ ...tensor, data: Array.from(row) }] })),
  },
];

const server = await startOrtolan({
  models: join(WORK, 'tensors'),
  args: [...PATIENT, '--default-model', 'mean'],
});
const generator = Generator.start(GENERATOR_CORE);
const measured = new Map<string, { perSecond: number; cpuMs: number; p50: number }[]>();
try {
  for (let round = 0; round < rounds; round++) {
    for (const { name, path, headers, body } of FORMS) {
      const outcome = await generator.play({
        kind: 'closed',
        connections: CONNECTIONS,
        url: new URL(path, server.url).href,
        headers,
        bodies: [body],
        warmUpMs: WARM_UP_MS,
        durationMs: seconds * 1000,
        pids: server.pids(),
        sloMs: SLO_MS,
      });
      if (outcome.failed + outcome.refused > 0) throw new Error(`${name}: ${JSON.stringify(outcome)}`);
      const one = {
        perSecond: outcome.good / outcome.seconds,
        cpuMs: cpuMsOf(outcome),
        p50: outcome.latency.p50,
      };
      measured.set(name, [...(measured.get(name) ?? []), one]);
    }
  }
} finally {
  await generator.stop();
  await server.stop();
}
console.log(
  `${''.padEnd(22)} answers/s   cpu ms   p50 ms   (${CONNECTIONS} connections, medians of ${rounds})`,
);
for (const [name, runs] of measured) {
  const of = (key: 'perSecond' | 'cpuMs' | 'p50'): number => median(runs.map((run) => run[key]));
  const cells = [
    of('perSecond').toFixed(0).padStart(9),
    of('cpuMs').toFixed(2).padStart(8),
    of('p50').toFixed(1).padStart(8),
  ];
  console.log(`${name.padEnd(22)} ${cells.join(' ')}`);
}
