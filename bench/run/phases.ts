/** Phases of load on one server, with the standard photographs unless other bodies are given. */
import type { Generator } from '../generator/generator.ts';
import type { Outcome } from '../generator/phase.ts';
import { onlyVersion } from '../inputs/only-version.ts';
import type { ModelName } from '../record/results.ts';
import { startOrtolan, type Ortolan } from '../../tools/process/ortolan.ts';
import type { Contestant } from './contestant.ts';
import { SLO_MS, type Context } from './context.ts';

/** For runs that saturate: a queue is the point of them, and refusals would hide the server's speed. */
export const PATIENT: readonly string[] = ['--slo-p99-ms', '25000'];

/** A server of this version alone that refuses nothing. */
export const startPatient = (model: ModelName): Promise<Ortolan> =>
  startOrtolan({ models: onlyVersion(model), args: PATIENT });

export type Loaded = Pick<Contestant, 'url' | 'headers' | 'bodyOf' | 'pids'>;

interface Different {
  readonly durationMs?: number;
  /** Instead of the standard photographs. */
  readonly bodies?: readonly Buffer[];
}

const requestsTo = ({ photographs, form }: Context, server: Loaded, different: Different) => ({
  url: server.url,
  headers: server.headers,
  bodies: (different.bodies ?? photographs).map((body) => server.bodyOf(body)),
  warmUpMs: form.warmUpMs,
  durationMs: different.durationMs ?? form.phaseMs,
  pids: server.pids(),
  sloMs: SLO_MS,
});

/** As many requests in flight as `connections`. `generator`: instead of the one of the run. */
export const closedPhase = (
  context: Context,
  server: Loaded,
  connections: number,
  { generator = context.generator, ...different }: Different & { readonly generator?: Generator } = {},
): Promise<Outcome> =>
  generator.play({ kind: 'closed', connections, ...requestsTo(context, server, different) });

/** Poisson arrivals; the same seed gives the same times. */
export const openPhase = (
  context: Context,
  server: Loaded,
  perSecond: number,
  seed: number,
  { abortShare = 0, ...different }: Different & { readonly abortShare?: number } = {},
): Promise<Outcome> =>
  context.generator.play({
    kind: 'open',
    perSecond,
    seed,
    abortShare,
    ...requestsTo(context, server, different),
  });
