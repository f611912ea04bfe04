/** The audit log itself: where its chain is, and whether it can be written. What it says of the server is not told twice. */
import type { AuditEvents } from '../audit/audit.ts';
import type { Link } from '../audit/chain.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';

export class AuditLogEvents implements AuditEvents {
  readonly #log: Log;
  readonly #metrics: Pick<Metrics, 'auditEntries' | 'auditWritable'>;
  #outlet: 'file' | 'stdout' = 'file';

  constructor(log: Log, metrics: Pick<Metrics, 'auditEntries' | 'auditWritable'>) {
    this.#log = log;
    this.#metrics = metrics;
  }

  /** The link is what `ortolan audit verify --link` takes: kept with the log, it shows whether the chain was made anew. */
  opened(file: string, { seq, hash }: Link): void {
    for (const result of ['written', 'left_out', 'dropped']) this.#metrics.auditEntries.of({ result });
    this.#outlet = file === '/dev/stdout' ? 'stdout' : 'file';
    this.#writable(1);
    this.#log.info({ file, link: `${seq}:${hash}` }, 'audit log opened');
  }

  closed({ seq, hash }: Link): void {
    this.#log.info({ link: `${seq}:${hash}` }, 'audit log closed');
  }

  entry(result: 'written' | 'left_out' | 'dropped'): void {
    this.#metrics.auditEntries.inc({ result });
  }

  unwritable(reason: string): void {
    this.#writable(0);
    this.#log.error({ reason }, 'audit log cannot be written, its entries wait');
  }

  /** `dropped`: entries that were lost meanwhile. */
  writable(dropped: number): void {
    this.#writable(1);
    this.#log.warn({ dropped }, 'audit log can be written again');
  }

  #writable(value: 0 | 1): void {
    this.#metrics.auditWritable.set({ outlet: this.#outlet }, value);
  }
}
