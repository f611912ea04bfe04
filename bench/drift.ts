/**
 * What watching for drift costs, in processor time of the whole server for an answer: two servers of the same files, one with
 * a drift.json, loaded in turn and never at once (A B, B A, ...). Of photographs, where the pixels are looked at, and of rows,
 * where an answer is cheapest. Run nothing else on the machine at the same time.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Generator, GENERATOR_CORE } from './generator/generator.ts';
import { MODEL, onlyVersion } from './inputs/only-version.ts';
import { ratioInterval, type Pair } from './record/statistics.ts';
import { answerCost } from './run/answer-cost.ts';
import { PATIENT } from './run/phases.ts';
import { FLOAT, floats, writeModel } from '../tools/onnx/model.ts';
import { standard } from '../tools/photographs/sets.ts';
import { startOrtolan, type Ortolan } from '../tools/process/ortolan.ts';
import { numberFrom, program } from '../tools/process/program.ts';

/** Of an answer that is not watched. */
const BOUND = 1.02;
const REFERENCE_ROWS = 500;

const { pairs, seconds } = program('node bench/drift.ts', 'What watching for drift costs (two minutes).')
  .option('--pairs <n>', 'how often both are measured', numberFrom(1), 8)
  .option('--seconds <n>', 'length of one phase of load', numberFrom(0.1), 3)
  .parse()
  .opts<{ pairs: number; seconds: number }>();

interface Kind {
  readonly name: string;
  readonly model: string;
  /** A repository for this program alone. */
  readonly models: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodies: readonly Buffer[];
}

/** Has the server make a reference of what it is asked now, and waits until it compares. */
async function watched(server: Ortolan, generator: Generator, kind: Kind): Promise<void> {
  const at = `${server.origin}/v1/models/${kind.model}/drift`;
  const asked = await fetch(`${at}/baseline`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ rows: REFERENCE_ROWS }),
  });
  if (asked.status !== 200) throw new Error(await asked.text());
  for (;;) {
    await answerCost(generator, server, { ...kind, seconds });
    const { versions } = (await (await fetch(at)).json()) as { versions: { state: string }[] };
    if (versions[0]?.state === 'watching') return;
  }
}

/** y = x + 1 of rows of four numbers: all that is left is what an answer costs. */
function rowsModel(root: string): string {
  const models = join(root, 'rows');
  mkdirSync(join(models, 'rows', '1'), { recursive: true });
  const file = writeModel({
    inputs: [{ name: 'x', type: FLOAT, shape: ['N', 4] }],
    outputs: [{ name: 'y', type: FLOAT, shape: ['N', 4] }],
    nodes: [{ op: 'Add', inputs: ['x', 'one'], outputs: ['y'] }],
    constants: [floats('one', [1], [1])],
  });
  writeFileSync(join(models, 'rows', '1', 'model.onnx'), file);
  return models;
}

async function measure(kind: Kind, generator: Generator): Promise<boolean> {
  const args = [...PATIENT, '--drift-routes', 'loopback'];
  // Both before anything is written: the other copy has no drift.json.
  const plainModels = `${kind.models}-plain`;
  cpSync(kind.models, plainModels, { recursive: true });
  const plain = await startOrtolan({ models: plainModels, args });
  const server = await startOrtolan({ models: kind.models, args });
  const taken: Pair[] = [];
  try {
    await watched(server, generator, kind);
    console.log(`${kind.name}: ms of processor time an answer    watched     plain   ratio`);
    for (let pair = 0; pair < pairs; pair++) {
      const first = pair % 2 === 0;
      const one = await answerCost(generator, first ? server : plain, { ...kind, seconds });
      const other = await answerCost(generator, first ? plain : server, { ...kind, seconds });
      const [a, b] = first ? [one, other] : [other, one];
      taken.push({ a, b });
      console.log(
        `${a.toFixed(4).padStart(46)} ${b.toFixed(4).padStart(9)} ${(a / b).toFixed(4).padStart(7)}`,
      );
    }
  } finally {
    await server.stop();
    await plain.stop();
  }
  const { median, low, high } = ratioInterval(taken);
  const holds = low <= BOUND;
  console.log(
    `${kind.name}: median of the ratios ${median.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)}), ` +
      `${median <= BOUND ? 'at most' : holds ? 'not proved to be more than' : 'MORE than'} ${BOUND}`,
  );
  return holds;
}

const root = mkdtempSync(join(tmpdir(), 'ortolan-drift-'));
const generator = Generator.start(GENERATOR_CORE);
try {
  const photographs = join(root, 'photographs');
  cpSync(onlyVersion('int8'), photographs, { recursive: true });
  const kinds: readonly Kind[] = [
    {
      name: 'photographs, int8',
      model: MODEL,
      models: photographs,
      headers: { 'content-type': 'image/jpeg' },
      bodies: (await standard()).map(({ bytes }) => bytes),
    },
    {
      name: 'rows of four numbers',
      model: 'rows',
      models: rowsModel(root),
      headers: { 'content-type': 'application/octet-stream' },
      bodies: Array.from({ length: 64 }, (_, at) =>
        Buffer.from(Float32Array.from({ length: 4 }, (__, column) => at * 4 + column).buffer),
      ),
    },
  ];
  let holds = true;
  for (const kind of kinds) holds = (await measure(kind, generator)) && holds;
  process.exitCode = holds ? 0 : 1;
} finally {
  await generator.stop();
  rmSync(root, { recursive: true, force: true });
}
