/** Models are pulled from a store, or cannot be. */
import type { Audit } from '../audit/audit.ts';
import { modelPulled, modelRefused } from '../audit/changes.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';

const REASONS = ['unreachable', 'refused', 'missing', 'changed', 'corrupt', 'untrusted', 'local', 'invalid'];

export class ArtifactEvents {
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #audit: Pick<Audit, 'record'> | undefined;
  /** Why the store could not be read at the last look; refusals that were told, by model. */
  #unreadable: string | undefined;
  readonly #told = new Map<string, string>();

  constructor(log: Log, metrics: Metrics, audit?: Pick<Audit, 'record'>) {
    this.#log = log;
    this.#metrics = metrics;
    this.#audit = audit;
  }

  /** Series begin at 0, so that a first increase is visible. */
  watching(): void {
    for (const outcome of ['unchanged', 'current', 'failed']) this.#metrics.artifactLooks.of({ outcome });
    for (const reason of REASONS) this.#metrics.artifactRefusals.of({ reason });
  }

  /** The store was asked, and offers what it did before. */
  unchanged(): void {
    this.#metrics.artifactLooks.inc({ outcome: 'unchanged' });
    this.#readable();
    this.#metrics.artifactCurrentAt.set({}, Date.now() / 1000);
  }

  /** All that the store offers was compared, and is in place. */
  current(): void {
    this.#metrics.artifactLooks.inc({ outcome: 'current' });
    this.#readable();
    this.#told.clear();
    this.#metrics.artifactCurrentAt.set({}, Date.now() / 1000);
  }

  /** A model is another one on disk; what is loaded of it is said when it is. */
  pulled(source: string, { model, added, replaced, removed, bytes }: PulledFacts, ms: number): void {
    this.#told.delete(model);
    this.#metrics.artifactPulls.inc();
    const facts = { model, added, replaced, removed, bytes, pull_ms: Math.round(ms), source };
    this.#log.info(facts, 'model pulled');
    this.#audit?.record(modelPulled(model, { source, added, replaced, removed, bytes }));
  }

  /** A model is not pulled: it stays as it was. Said once for each reason. */
  refused(source: string, { model, fault, reason }: RefusedFacts): void {
    this.#metrics.artifactRefusals.inc({ reason: fault });
    if (this.#told.get(model) === reason) return;
    this.#told.set(model, reason);
    this.#log.error({ model, fault, reason, source }, 'model not pulled, it stays as it was');
    this.#audit?.record(modelRefused({ model, version: '-' }, reason, 'pull'));
  }

  /** The store cannot be read: what was pulled before is served. Said once for each reason. */
  unreadable(source: string, fault: string, reason: string): void {
    this.#metrics.artifactLooks.inc({ outcome: 'failed' });
    if (this.#unreadable === fault) return;
    this.#unreadable = fault;
    this.#log.error(
      { fault, reason, source },
      'store of artifacts not readable, what was pulled before is served',
    );
  }

  /** What the store has cost since the last call. */
  asked(requests: number, _sentBytes: number, receivedBytes: number): void {
    this.#metrics.artifactRequests.inc(requests);
    this.#metrics.artifactReceived.inc(receivedBytes);
  }

  #readable(): void {
    if (this.#unreadable === undefined) return;
    this.#unreadable = undefined;
    this.#log.info('store of artifacts readable again');
  }
}

export interface PulledFacts {
  readonly model: string;
  readonly added: readonly string[];
  readonly replaced: readonly string[];
  readonly removed: readonly string[];
  readonly bytes: number;
}

export interface RefusedFacts {
  readonly model: string;
  readonly fault: string;
  readonly reason: string;
}
