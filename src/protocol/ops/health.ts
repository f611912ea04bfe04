/** Health, from the state of the server, the models and the workers. Answered on the event loop, never queued. */
import type { Exchange } from '../../http/exchange.ts';
import type { LastCrash } from '../../crashes/ledger.ts';
import { serviceStatus, type HealthFacts } from '../health.ts';

/** 200 when the default model can be used and no part has failed, else 503; the body says which part has. */
export function health(exchange: Exchange, facts: HealthFacts): void {
  const status = serviceStatus(facts);
  answer(exchange, status === 'ok', {
    status,
    models: facts.models.map((model) => ({
      name: model.name,
      version: model.version,
      state: model.state,
      ...(model.signature === undefined ? {} : { provider: model.signature.provider }),
      ...(model.signature?.adapter && { adapter: model.signature.adapter }),
      ...(model.signature?.fallbackReason !== undefined && {
        fallback_reason: model.signature.fallbackReason,
      }),
      ...(model.reason === undefined ? {} : { reason: model.reason }),
      ...(model.quarantined ? { quarantined: true } : {}),
    })),
    warnings: facts.warnings,
    workers: {
      alive: facts.workersAlive,
      of: facts.workers,
      healthy: facts.poolHealthy,
      wedged: facts.wedged,
    },
    ...(facts.lastCrash === undefined ? {} : { last_crash: crash(facts.lastCrash) }),
  });
}

const crash = ({ at, signal, running }: LastCrash): object => ({
  at: new Date(at).toISOString(),
  signal,
  running: running.map(({ model, version, doing }) => ({ name: model, version, doing })),
});

/** Fails only when a restart would help: a wedged worker can be ended in no other way. */
export function live(exchange: Exchange, { wedged }: HealthFacts): void {
  answer(exchange, !wedged, { status: wedged ? 'wedged' : 'ok' });
}

/** Fails while starting, after repeated deaths of workers, and from the first signal on. */
export function ready(exchange: Exchange, facts: HealthFacts): void {
  const status = serviceStatus(facts);
  answer(exchange, status === 'ok', { status });
}

export function startup(exchange: Exchange, { state }: HealthFacts): void {
  answer(exchange, state !== 'starting', { status: state === 'starting' ? 'starting' : 'ok' });
}

function answer(exchange: Exchange, good: boolean, body: object): void {
  exchange.answer({ status: good ? 200 : 503, contentType: 'application/json', body: JSON.stringify(body) });
}
