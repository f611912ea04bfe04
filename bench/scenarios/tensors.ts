/** Models of rows: binary tensors over HTTP, and a fast model beside a slow one. */
import { join } from 'node:path';
import { using, type Context } from '../run/context.ts';
import { rowOf, writeModels, type BenchModel } from '../inputs/models.ts';
import { Generator } from '../generator/generator.ts';
import type { Outcome } from '../generator/phase.ts';
import { WORK } from '../inputs/only-version.ts';
import { closedPhase, openPhase, PATIENT, type Loaded } from '../run/phases.ts';
import { repeat } from '../run/repetitions.ts';
import { startOrtolan, type Ortolan, type StartOptions } from '../../tools/process/ortolan.ts';
import { scenarioOf, type Play } from './play.ts';

const BINARY = { 'content-type': 'application/octet-stream', accept: 'application/octet-stream' };
const ROW_CONNECTIONS = 64;
const ROWS = 8;

export async function startWith(models: readonly BenchModel[], options: StartOptions = {}): Promise<Ortolan> {
  const folder = join(WORK, `models-${models.join('-')}`);
  await writeModels(folder, models);
  const args = ['--default-model', models[0]!, ...(options.args ?? [])];
  return startOrtolan({ ...options, models: folder, args });
}

/** The server as one that takes rows of this model, binary in and out. */
const rowsTo = (server: Ortolan, model: BenchModel): Loaded => ({
  ...server,
  url: server.urlOf(model),
  headers: BINARY,
});

/** A closed loop of one-row bodies. */
export const rowPhase = (
  context: Context,
  server: Ortolan,
  model: BenchModel,
  connections: number,
  options: { readonly durationMs?: number; readonly generator?: Generator } = {},
): Promise<Outcome> => {
  const bodies = Array.from({ length: ROWS }, (_, seed) => rowOf(model, seed + 1));
  return closedPhase(context, rowsTo(server, model), connections, { bodies, ...options });
};

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

const FAST_PER_SECOND = 100;
const SLOW_CONNECTIONS = 8;

export const fastBesideSlow: Play = {
  name: 'fast model beside a slow one',
  steps: 1,
  async run(context) {
    return using(startWith(['trivial', 'slow'], { args: PATIENT }), (server) =>
      using(Promise.resolve(Generator.start()), async (second) => {
        const fast = (seed: number): Promise<Outcome> =>
          openPhase(context, rowsTo(server, 'trivial'), FAST_PER_SECOND, seed, {
            bodies: [rowOf('trivial')],
          });
        const alone: Outcome[] = [];
        const slow: Outcome[] = [];
        const beside = await repeat(context, this.name, async (repetition) => {
          alone.push(await fast(2 * repetition));
          const [own, other] = await Promise.all([
            fast(2 * repetition + 1),
            rowPhase(context, server, 'slow', SLOW_CONNECTIONS, { generator: second }),
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
