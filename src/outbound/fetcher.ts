/**
 * Fetches the bytes of an image for a client that sent a URL, only from hosts that the operator allows. Every redirect
 * is checked like the first URL. One time limit covers a fetch from its permit to its last byte, and the number of
 * permits limits how many run at once.
 */
import { systemClock, type Clock } from '../clock.ts';
import { ServingError } from '../errors.ts';
import { addressKind, type AddressKind } from './address.ts';
import { AllowedHost } from './allowed-host.ts';
import { hop } from './hop.ts';
import { Permits } from './permits.ts';
import { systemResolve, type Resolve } from './pinned-lookup.ts';
import { failed, refused, timedOut } from './refusal.ts';
import { targetOf, type Target, type TargetPolicy } from './target.ts';

/** From a short link over http to https to a content network; more is most likely a loop. */
const MAX_REDIRECTS = 3;

export interface UrlFetcherOptions {
  /** off refuses every URL. */
  readonly mode: 'off' | 'public';
  /**
   * Hosts that may be fetched from; empty: any public host, on ports 80 and 443. `images.example.com`,
   * `minio.internal:9000`, `*.example.com`; without a port 80 and 443. A host named in full may have a private
   * address (`127.0.0.1:9000`), what a wildcard matches may not. Cloud metadata addresses are never fetched.
   */
  readonly allow: readonly string[];
  /** Longest fetch in milliseconds, redirects included, not counting the wait for a permit. */
  readonly timeoutMs: number;
  /** Longest body in bytes. */
  readonly maxBytes: number;
  /** Fetches at the same time; further ones wait their turn. */
  readonly maxConcurrent: number;
  /** Whether the bytes begin like an image; the content type says nothing. */
  readonly accept: (bytes: Uint8Array) => boolean;
  readonly clock?: Clock;
  /** Instead of the system's resolver, for tests. */
  readonly resolve?: Resolve;
  /** Instead of addressKind, for tests, whose servers are on the loopback. */
  readonly kindOf?: (address: string) => AddressKind;
}

export class UrlFetcher {
  readonly #options: UrlFetcherOptions;
  readonly #policy: TargetPolicy;
  readonly #resolve: Resolve;
  readonly #clock: Clock;
  readonly #permits: Permits;
  readonly #running = new Map<AbortController, Promise<Uint8Array<ArrayBuffer>>>();
  #closed = false;

  /** @throws RangeError when an entry of `allow` is not a host, host:port or *.domain. */
  constructor(options: UrlFetcherOptions) {
    this.#options = options;
    const allow = options.allow.map((entry) => new AllowedHost(entry));
    this.#policy = { allow, kindOf: options.kindOf ?? addressKind };
    this.#resolve = options.resolve ?? systemResolve;
    this.#clock = options.clock ?? systemClock;
    this.#permits = new Permits(options.maxConcurrent);
  }

  /**
   * The bytes at `url`, in a buffer of their own. `signal` ends the fetch.
   * @throws ServingError URL_REFUSED, URL_FAILED or URL_TIMEOUT; DRAINING after close(); the reason of `signal`
   * when that aborts.
   */
  async fetch(url: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#options.mode === 'off') throw refused('urlFetch is off');
    if (this.#closed) throw draining();
    // Before the wait for a permit: a bad URL is refused at once.
    const target = targetOf(url, this.#policy);
    const stop = new AbortController();
    const abort = (): void => stop.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    const running = this.#withPermit(target, stop);
    this.#running.set(stop, running);
    try {
      return await running;
    } finally {
      this.#running.delete(stop);
      signal.removeEventListener('abort', abort);
    }
  }

  /** Ends every fetch that runs or waits, with DRAINING; resolves when their connections are closed. */
  async close(): Promise<void> {
    this.#closed = true;
    const running = [...this.#running];
    for (const [stop] of running) stop.abort(draining());
    await Promise.allSettled(running.map(([, done]) => done));
  }

  async #withPermit(target: Target, stop: AbortController): Promise<Uint8Array<ArrayBuffer>> {
    const { timeoutMs } = this.#options;
    const giveBack = await this.#permits.take(stop.signal);
    const disarm = this.#clock.after(timeoutMs, () => stop.abort(timedOut(target.hostname, timeoutMs)));
    try {
      return await this.#follow(target, stop.signal);
    } catch (error) {
      // After an abort any error may come first; what counts is the reason of the abort.
      stop.signal.throwIfAborted();
      if (error instanceof ServingError) throw error;
      throw failed(`${target.hostname}: ${error instanceof Error ? error.message : String(error)}`, error);
    } finally {
      disarm();
      giveBack();
    }
  }

  async #follow(first: Target, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const { maxBytes, accept } = this.#options;
    const limits = { maxBytes, signal, resolve: this.#resolve, kindOf: this.#policy.kindOf };
    let target = first;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const result = await hop(target, limits);
      if (result.kind === 'bytes') {
        if (accept(result.bytes)) return result.bytes;
        throw refused(`${target.hostname} sent ${result.bytes.byteLength} bytes that are no image`);
      }
      target = targetOf(result.location, this.#policy, target);
    }
    throw refused(`${first.hostname} leads to more than ${MAX_REDIRECTS} redirects`);
  }
}

const draining = (): ServingError => new ServingError('DRAINING', 'The server is shutting down.');
