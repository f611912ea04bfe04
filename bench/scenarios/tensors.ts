/** Models of rows: binary tensors over HTTP, what batching gives, and a fast model beside a slow one. */
import { join } from 'node:path';
import { SLO_MS, using, type Context } from '../context.ts';
import { rowOf, writeModels, type BenchModel } from '../inputs/models.ts';
import { Generator } from '../load/generator.ts';
import type { Outcome } from '../load/phase.ts';
import { WORK } from '../model-folder.ts';
import { PATIENT, startOrtolan, type Ortolan, type StartOptions } from '../server.ts';
import { repeat, scenarioOf, type Play } from './play.ts';

const BINARY = { 'content-type': 'application/octet-stream', accept: 'application/octet-stream' };
/** Two workers with a batch of 64 each, and as many waiting. */
const MATRIX_CONNECTIONS = 256;
const ROW_CONNECTIONS = 64;
const ROWS = 8;

export async function startWith(models: readonly BenchModel[], options: StartOptions = {}): Promise<Ortolan> {
  const folder = join(WORK, `models-${models.join('-')}`);
  await writeModels(folder, models);
  const args = ['--default-model', models[0]!, ...(options.args ?? [])];
  return startOrtolan({ ...options, models: folder, args });
}

/** A closed loop of one-row bodies. */
export const rowPhase = (
  context: Context,
  server: Ortolan,
  model: BenchModel,
  connections: number,
  durationMs = context.form.phaseMs,
  generator = context.generator,
): Promise<Outcome> =>
  generator.play({
    kind: 'closed',
    url: server.urlOf(model),
    headers: BINARY,
    bodies: Array.from({ length: ROWS }, (_, seed) => rowOf(model, seed + 1)),
    connections,
    warmUpMs: context.form.warmUpMs,
    durationMs,
    pids: server.pids(),
    sloMs: Infinity,
  });

export const rawTensors: Play = {
  name: 'raw tensors',
  steps: 1,
  async run(context) {
    return using(startWith(['trivial'], { args: PATIENT }), async (server) => {
      const outcomes = await repeat(context, this.name, () =>
        rowPhase(context, server, 'trivial', ROW_CONNECTIONS),
      );
      const description = `A model that costs nothing, rows of 64 bytes, binary in and out, ${ROW_CONNECTIONS} connections, nothing but the generator pinned`;
      return [scenarioOf(this.name, description, outcomes)];
    });
  },
};

/** One side of the comparison of a matrix-bound model with batches and without. */
export const matrixPhase = (
  context: Context,
  server: Ortolan,
  model: 'matrix' | 'matrix-unbatched',
  durationMs = context.form.phaseMs,
): Promise<Outcome> => rowPhase(context, server, model, MATRIX_CONNECTIONS, durationMs);

export const startMatrix = (): Promise<Ortolan> =>
  startWith(['matrix', 'matrix-unbatched'], { args: PATIENT });

export const matrixBatching: Play = {
  name: 'matrix-bound model',
  steps: 1,
  async run(context) {
    return using(startMatrix(), async (server) => {
      const unbatched: Outcome[] = [];
      const batched = await repeat(context, this.name, async () => {
        unbatched.push(await matrixPhase(context, server, 'matrix-unbatched'));
        return matrixPhase(context, server, 'matrix');
      });
      const how = `rows of 4 KiB, binary, ${MATRIX_CONNECTIONS} connections`;
      return [
        scenarioOf('matrix-bound model, batched', `As the server batches it; ${how}`, batched),
        scenarioOf('matrix-bound model, one by one', `The same file with maxBatchSize 1; ${how}`, unbatched),
      ];
    });
  },
};

const FAST_PER_SECOND = 100;
const SLOW_CONNECTIONS = 8;

export const fastBesideSlow: Play = {
  name: 'fast model beside a slow one',
  steps: 1,
  async run(context) {
    return using(startWith(['trivial', 'slow'], { args: PATIENT }), (server) =>
      using(Promise.resolve(Generator.start()), async (second) => {
        const fast = (seed: number): Promise<Outcome> =>
          context.generator.play({
            kind: 'open',
            url: server.urlOf('trivial'),
            headers: BINARY,
            bodies: [rowOf('trivial')],
            perSecond: FAST_PER_SECOND,
            seed,
            warmUpMs: context.form.warmUpMs,
            durationMs: context.form.phaseMs,
            pids: server.pids(),
            sloMs: SLO_MS,
          });
        const alone: Outcome[] = [];
        const slow: Outcome[] = [];
        const beside = await repeat(context, this.name, async (repetition) => {
          alone.push(await fast(2 * repetition));
          const [own, other] = await Promise.all([
            fast(2 * repetition + 1),
            rowPhase(context, server, 'slow', SLOW_CONNECTIONS, context.form.phaseMs, second),
          ]);
          slow.push(other);
          return own;
        });
        const how = `${FAST_PER_SECOND} rows per second of a model that costs nothing, Poisson arrivals`;
        return [
          scenarioOf('fast model alone', how, alone),
          scenarioOf(
            this.name,
            `${how}, while ${SLOW_CONNECTIONS} connections keep a model of some 30 ms busy`,
            beside,
            {
              'slow model, rows per second': slow.map(({ good, seconds }) => good / seconds),
            },
          ),
        ];
      }),
    );
  },
};
