/**
 * What `"isolation": "process"` costs, and how long a crash lasts. The same model in threads and in processes of its own, asked
 * by one client: time, processor time and memory. Then a division that crashes the server, until another model is answered.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FLOAT, floats, INT32, writeModel } from '../tools/onnx/model.ts';
import { Latencies } from '../tools/load/latencies.ts';
import { ROOT, startOrtolan, type Ortolan } from '../tools/process/ortolan.ts';
import { freePort } from '../tools/process/free-port.ts';
import { numberFrom, program } from '../tools/process/program.ts';
import { processorSeconds, proportionalMiB } from '../tools/process/usage.ts';

const {
  requests,
  crashes,
  crashOnly = false,
} = program(
  'node bench/isolation.ts',
  'A model in threads and in processes of its own, and the length of a crash (two minutes).',
)
  .option('--requests <n>', 'for each size', numberFrom(10), 2000)
  .option('--crashes <n>', 'of a server each', numberFrom(1), 5)
  .option('--crash-only', 'the length of a crash alone')
  .parse()
  .opts<Record<'requests' | 'crashes', number> & { crashOnly?: true }>();

/** Bytes of a row: small, a row of 224 x 224 pixels in FP32, large. */
const SIZES = [16, 602_112, 3_000_000];
const WARM_UP = 50;
const FLOAT_BYTES = 4;
const SMALLEST = -(2 ** 31);

const value = (name: string, type: number, ...shape: (number | string)[]) => ({ name, type, shape });

/** One multiplication: all that is left is what passing the tensors costs. */
const scaling = (elements: number): Buffer =>
  writeModel({
    inputs: [value('x', FLOAT, 'N', elements)],
    outputs: [value('y', FLOAT, 'N', 1)],
    nodes: [
      { op: 'Mul', inputs: ['x', 'two'], outputs: ['twice'] },
      { op: 'ReduceMax', inputs: ['twice'], outputs: ['y'], attributes: { axes: [1] } },
    ],
    constants: [floats('two', [1], [2])],
  });

const dividing = (): Buffer =>
  writeModel({
    inputs: [value('a', INT32, 'N', 1), value('b', INT32, 'N', 1)],
    outputs: [value('quotient', INT32, 'N', 1)],
    nodes: [{ op: 'Div', inputs: ['a', 'b'], outputs: ['quotient'] }],
  });

function write(root: string, name: string, file: Buffer, config: object = {}): void {
  mkdirSync(join(root, name, '1'), { recursive: true });
  writeFileSync(join(root, name, '1', 'model.onnx'), file);
  writeFileSync(join(root, name, 'model.json'), JSON.stringify({ maxBatchSize: 1, ...config }));
}

async function ask({ urlOf }: Pick<Ortolan, 'urlOf'>, name: string, row: Uint8Array): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream' };
  const answer = await fetch(urlOf(name), { method: 'POST', headers, body: Buffer.from(row) });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${name}: ${text}`);
}

async function measure(root: string, isolation: string): Promise<void> {
  const folder = join(root, isolation);
  for (const bytes of SIZES) write(folder, `row-${bytes}`, scaling(bytes / FLOAT_BYTES), { isolation });
  const server = await startOrtolan({ models: folder, args: ['--default-model', `row-${SIZES[0]}`] });
  try {
    for (const bytes of SIZES) {
      const name = `row-${bytes}`;
      const row = new Uint8Array(bytes);
      for (let request = 0; request < WARM_UP; request++) await ask(server, name, row);
      const latencies = new Latencies();
      const before = processorSeconds(server.pids());
      for (let request = 0; request < requests; request++) {
        const start = performance.now();
        await ask(server, name, row);
        latencies.record(performance.now() - start);
      }
      const ms = (1000 * (processorSeconds(server.pids()) - before)) / requests;
      console.log(
        `${isolation.padEnd(8)} ${String(bytes).padStart(8)} bytes a row: p50 ${latencies.quantile(0.5).toFixed(2)} ms, ` +
          `p99 ${latencies.quantile(0.99).toFixed(2)} ms, ${ms.toFixed(2)} ms of processor time an answer`,
      );
    }
    const pids = server.pids();
    console.log(
      `${isolation.padEnd(8)} ${proportionalMiB(pids).toFixed(0)} MiB, shared pages counted once, in ${pids.length - 1} processes`,
    );
  } finally {
    await server.stop();
  }
}

/** Milliseconds from the request that crashes a server until it answers another model. */
async function crash(root: string, number: number, dist: boolean): Promise<number> {
  const folder = join(root, `crash-${number}`);
  write(folder, 'dividing', dividing());
  write(folder, 'scaling', scaling(FLOAT_BYTES));
  const port = await freePort(); // A server that is started again comes back on its own.
  const cache = join(root, 'cache');
  rmSync(join(cache, 'crashes'), { recursive: true, force: true }); // A second crash would be the last one.
  const args = ['--default-model', 'scaling', '--port', String(port), '--cache-dir', cache];
  const server = await startOrtolan({ models: folder, args, dist });
  try {
    const row = new Uint8Array(FLOAT_BYTES * FLOAT_BYTES);
    await ask(server, 'scaling', row);
    const poison = new Uint8Array(Int32Array.of(SMALLEST, -1).buffer);
    const tensor = (name: string, at: number) => ({
      name,
      datatype: 'INT32',
      shape: [1, 1],
      data: [new Int32Array(poison.buffer)[at]],
    });
    const body = JSON.stringify({ inputs: [tensor('a', 0), tensor('b', 1)] });
    let start = performance.now();
    // Until it is loaded, it answers that.
    while (
      await fetch(`${server.origin}/v2/models/dividing/infer`, { method: 'POST', body }).catch(() => false)
    ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      start = performance.now();
    }
    for (;;) {
      const answered = await ask(server, 'scaling', row).then(
        () => true,
        () => false,
      );
      if (answered) return performance.now() - start;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  } finally {
    await server.stop();
  }
}

const root = mkdtempSync(join(tmpdir(), 'ortolan-isolation-'));
try {
  if (!crashOnly) for (const isolation of ['thread', 'process']) await measure(root, isolation);
  const forms = existsSync(join(ROOT, 'dist/src/main.js')) ? [false, true] : [false];
  const times = forms.map((): number[] => []);
  // In turn: the machine changes more from one minute to the next than the two differ.
  for (let number = 0; number < crashes; number++) {
    for (const [form, dist] of forms.entries()) times[form]!.push(await crash(root, number, dist));
  }
  for (const [form, dist] of forms.entries()) {
    const sorted = times[form]!.toSorted((a, b) => a - b).map((ms) => ms.toFixed(0));
    const what = dist ? 'dist/, as the image runs it' : 'the sources';
    console.log(`crash    of ${what}: another model is answered after ${sorted.join(', ')} ms`);
  }
  if (forms.length === 1) console.log('Not measured: dist/, as the image runs it: run `make build` before.');
} finally {
  rmSync(root, { recursive: true, force: true });
}
