/**
 * What a device gives, on the machine that has it: answers beside the CPU's, rows a second by batch size, and latencies of
 * photographs by connections with the processor time that they take. Prints one table, and which adapter it ran on. A software
 * adapter is compared with nothing: it computes on the CPU what the CPU could have computed.
 *
 *   node bench/accelerator.ts                          four minutes on a GPU, by WebGPU
 *   node bench/accelerator.ts --device cuda --seconds 3
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Latencies } from '../tools/load/latencies.ts';
import { startOrtolan, ROOT, type Ortolan } from '../tools/process/ortolan.ts';
import { numberFrom, program } from '../tools/process/program.ts';
import { processorSeconds } from '../tools/process/usage.ts';

const { device, model, seconds, version, rows, connections } = program(
  'node bench/accelerator.ts',
  'What a device gives: answers, rows a second by batch size, latencies by connections (four minutes).',
)
  .option('--device <name>', 'as the option device of the server', 'webgpu')
  .option('--model <folder>', 'of a model for images', join(ROOT, 'models/efficientnet-lite0'))
  .option('--version <number>', 'of that model', '1')
  .option('--seconds <n>', 'of each measurement', numberFrom(0.1), 8)
  .option('--rows <list>', 'batch sizes', '1,2,4,8,16,32,64')
  .option('--connections <list>', 'that send photographs', '1,8,32,128')
  .parse()
  .opts<Record<'device' | 'model' | 'version' | 'rows' | 'connections', string> & { seconds: number }>();

/** Answers may differ by this much, as probabilities. */
const TOLERANCE = 1e-3;
const LOADED_WITHIN_MS = 180_000;
const POLL_MS = 100;
/** Requests of one batch size at the same time: one is on its way while the other runs. */
const IN_FLIGHT = 2;
const PHOTOGRAPHS = ['coffee.jpg', 'cat.jpg', 'china.jpg', 'flower.jpg', 'rocket.jpg', 'tripod.jpg'].map(
  (name) => readFileSync(join(ROOT, 'test/fixtures/photos', name)),
);

interface Listed {
  readonly name: string;
  readonly versions: readonly {
    readonly state: string;
    readonly reason?: string;
    readonly provider?: string;
    readonly adapter?: { readonly name: string; readonly software: boolean };
    readonly difference_from_cpu?: number;
    readonly max_batch_size?: number;
    readonly inputs?: readonly {
      readonly name: string;
      readonly datatype: string;
      readonly shape: readonly number[];
    }[];
    readonly cost?: { readonly batch_cap: number };
  }[];
}

type Version = Listed['versions'][number];

/** Members of a model.json that name versions: here there is one, of another number. */
const OF_VERSIONS = ['sha256', 'versionLabels', 'versionPolicy', 'defaultVersion'];

/** The same model twice: on the device, and on the CPU. */
function repository(folder: string): void {
  const source = resolve(model);
  const config = JSON.parse(readFileSync(join(source, 'model.json'), 'utf8')) as Record<string, unknown>;
  const kept = Object.fromEntries(Object.entries(config).filter(([key]) => !OF_VERSIONS.includes(key)));
  for (const name of ['device', 'cpu']) {
    mkdirSync(join(folder, name));
    cpSync(join(source, version), join(folder, name, '1'), { recursive: true });
    // Nothing is refused: what is asked for is what the device gives.
    const own = { ...kept, sloP99Ms: 60_000, device: name === 'cpu' ? 'cpu' : device };
    writeFileSync(join(folder, name, 'model.json'), JSON.stringify(own));
    if (typeof config['labels'] === 'string')
      cpSync(join(source, config['labels']), join(folder, name, config['labels']));
  }
}

async function loaded(origin: string): Promise<Version> {
  const until = performance.now() + LOADED_WITHIN_MS;
  for (;;) {
    const { models } = (await (await fetch(`${origin}/v1/models`)).json()) as { models: readonly Listed[] };
    const [found] = models.find(({ name }) => name === 'device')!.versions;
    if (found?.state === 'ready') return found;
    if (found?.state === 'unavailable') throw new Error(`${device} cannot be used: ${found.reason}`);
    if (performance.now() > until) throw new Error(`The model was not loaded on ${device} in three minutes.`);
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

type Predictions = readonly { readonly class_id: number; readonly probability: number }[];

async function classesOf(server: Ortolan, name: string, photograph: Buffer): Promise<Predictions> {
  const answer = await fetch(server.urlOf(name), {
    method: 'POST',
    headers: server.headers,
    body: photograph,
  });
  const body = (await answer.json()) as { readonly predictions?: Predictions };
  if (body.predictions === undefined) throw new Error(JSON.stringify(body));
  return body.predictions;
}

/** The largest difference between the probabilities of the class that the CPU names first. */
async function apart(server: Ortolan): Promise<number> {
  let most = 0;
  for (const photograph of PHOTOGRAPHS) {
    const [here, there] = await Promise.all(
      ['device', 'cpu'].map((name) => classesOf(server, name, photograph)),
    );
    const { class_id, probability } = there![0]!;
    const own = here!.find((one) => one.class_id === class_id)?.probability ?? 0;
    most = Math.max(most, Math.abs(own - probability));
  }
  return most;
}

interface Measured {
  /** Units a second: rows, or answers. */
  readonly rate: number;
  readonly latencies: Latencies;
  /** Cores that were busy. */
  readonly cores: number;
}

/** Has so many requests in flight for some seconds, after one of each that does not count. */
async function measured(
  server: Ortolan,
  inFlight: number,
  units: number,
  ask: () => Promise<void>,
): Promise<Measured> {
  await Promise.all(Array.from({ length: inFlight }, ask));
  const latencies = new Latencies();
  const start = performance.now();
  const end = start + 1000 * seconds;
  const before = processorSeconds(server.pids());
  const one = async (): Promise<void> => {
    while (performance.now() < end) {
      const asked = performance.now();
      await ask();
      latencies.record(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  const took = (performance.now() - start) / 1000;
  const cores = (processorSeconds(server.pids()) - before) / took;
  return { rate: (latencies.count * units) / took, latencies, cores };
}

const line = (...cells: readonly (string | number)[]): void =>
  console.log(
    `| ${cells.map((cell) => (typeof cell === 'number' ? cell.toPrecision(3) : cell)).join(' | ')} |`,
  );

function row(what: string, where: string, { rate, latencies, cores }: Measured): void {
  const { p50, p95, p99 } = latencies.percentiles();
  line(what, where, rate, p50, p95, p99, cores, (1000 * cores) / rate);
}

/** One request of so many rows of pixels: a batch of that size, without decoding. */
function batchOf(server: Ortolan, name: string, { inputs }: Version, count: number): () => Promise<void> {
  const [input] = inputs!;
  const shape = [count, ...input!.shape.slice(1)];
  const elements = shape.reduce((product, length) => product * length, 1);
  const data = Buffer.alloc(elements * (input!.datatype === 'UINT8' ? 1 : 4), 0);
  if (input!.datatype === 'UINT8') for (let at = 0; at < data.length; at++) data[at] = (at * 7919) % 256;
  const header = Buffer.from(
    JSON.stringify({
      inputs: [{ ...input, shape, parameters: { binary_data_size: data.length } }],
      parameters: { binary_data_output: true },
    }),
  );
  const headers = { 'inference-header-content-length': String(header.length) };
  const body = Buffer.concat([header, data]);
  return async () => {
    const answer = await fetch(`${server.origin}/v2/models/${name}/infer`, { method: 'POST', headers, body });
    if (answer.status !== 200) throw new Error(await answer.text());
    await answer.arrayBuffer();
  };
}

const numbersIn = (list: string): number[] => list.split(',').map(Number);

async function measure(server: Ortolan): Promise<void> {
  const facts = await loaded(server.origin);
  const { adapter } = facts;
  const software = adapter?.software === true;
  const [processor] = cpus();
  console.log(
    `Device ${device}: ${adapter?.name ?? 'its driver does not say what it is'}${software ? ', which is software' : ''}.`,
  );
  console.log(
    `Processor: ${processor?.model}, ${cpus().length} cores. Model: ${resolve(model)}, version ${version}.`,
  );
  const difference = await apart(server);
  const loadedWith = facts.difference_from_cpu?.toExponential(1) ?? 'not known';
  console.log(
    `Answers: the first classes of ${PHOTOGRAPHS.length} photographs differ from the CPU's by at most ${difference.toExponential(1)}, ` +
      `a made-up row by ${loadedWith} of its largest number. Batches of up to ${facts.cost?.batch_cap} rows pay.`,
  );
  // What is not right is not measured.
  if (!(difference <= TOLERANCE)) throw new Error(`That is more than ${TOLERANCE}.`);
  const places = software ? ['device'] : ['device', 'cpu'];
  if (software)
    console.log(
      'A software adapter says nothing of a GPU, and is not compared with the CPU that it runs on.',
    );
  console.log('');
  line('what', 'where', 'a second', 'p50 ms', 'p95 ms', 'p99 ms', 'cores busy', 'processor ms each');
  line('---', '---', '---', '---', '---', '---', '---', '---');
  for (const count of numbersIn(rows).filter((size) => size <= facts.max_batch_size!)) {
    for (const name of places) {
      row(
        `batches of ${count} rows`,
        name,
        await measured(server, IN_FLIGHT, count, batchOf(server, name, facts, count)),
      );
    }
  }
  for (const count of numbersIn(connections)) {
    for (const name of places) {
      let next = 0;
      const ask = async (): Promise<void> =>
        void (await classesOf(server, name, PHOTOGRAPHS[next++ % PHOTOGRAPHS.length]!));
      row(`photographs, ${count} connections`, name, await measured(server, count, 1, ask));
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'ortolan-accelerator-'));
try {
  const models = join(folder, 'models');
  mkdirSync(models);
  repository(models);
  // The CPU's is the default, so that the server is ready before the device is.
  const args = ['--default-model', 'cpu', '--cache-dir', join(folder, 'cache'), '--max-timeout-ms', '600000'];
  const server = await startOrtolan({ models, args });
  try {
    await measure(server);
  } finally {
    await server.stop();
  }
} finally {
  rmSync(folder, { recursive: true });
}
