/** What one answer costs a server, in processor time of all its processes. */
import type { Generator } from '../generator/generator.ts';
import type { Outcome } from '../generator/phase.ts';
import type { Ortolan } from '../../tools/process/ortolan.ts';
import { SLO_MS } from './context.ts';

const CONNECTIONS = 8;
const WARM_UP_MS = 500;

export interface AnswerLoad {
  /** Beside those of the server's own requests, or in their place. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bodies: readonly Buffer[];
  readonly seconds: number;
}

/** Milliseconds of processor time for one answer. */
export const cpuMsOf = ({
  serverCpu,
  seconds,
  good,
}: Pick<Outcome, 'serverCpu' | 'seconds' | 'good'>): number => (1000 * serverCpu * seconds) / good;

/** The same, under load. @throws Error when not all were answered */
export async function answerCost(
  generator: Generator,
  server: Ortolan,
  { headers, bodies, seconds }: AnswerLoad,
): Promise<number> {
  const outcome = await generator.play({
    kind: 'closed',
    connections: CONNECTIONS,
    url: server.url,
    headers: { ...server.headers, ...headers },
    bodies,
    warmUpMs: WARM_UP_MS,
    durationMs: seconds * 1000,
    pids: server.pids(),
    sloMs: SLO_MS,
  });
  if (outcome.failed + outcome.refused > 0)
    throw new Error(`not all were answered: ${JSON.stringify(outcome)}`);
  return cpuMsOf(outcome);
}
