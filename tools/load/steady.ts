/**
 * Photographs at a steady rate for as long as it is let run: an open loop with Poisson arrivals, whatever the servers do.
 * Nothing is sent a second time, so that every connection that a proxy or a server closes under a request is seen.
 *
 * Latencies count from the intended time; timers of whole milliseconds add up to one.
 */
import { Agent, request, type IncomingMessage } from 'node:http';
import { seededRandom } from '../random/seeded.ts';
import { Latencies } from './latencies.ts';

/** In it a proxy names the server that answered, and before it those that it asked in vain. */
const UPSTREAM_HEADER = 'x-upstream';
const TIMEOUT_MS = 35_000;
const SECOND = 1000;
/** Waiting for an answer of one server is given up after this. */
const PATIENCE_MS = 60_000;

export interface LoadSettings {
  /** http://host:port/path */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent in turn. */
  readonly bodies: readonly Buffer[];
  readonly perSecond: number;
  readonly seed: number;
  /**
   * Nothing is sent while so many wait for their answer: then it is no open loop, but a queue on a machine that is slower
   * than the load stays short. Unlimited when undefined.
   */
  readonly mostOpen?: number;
}

/** What became of the requests that were due in one stretch of time. */
export class Stretch {
  readonly latencies = new Latencies();
  /** By what went wrong, in words. */
  readonly failures: Record<string, number> = {};
  readonly startedAt = performance.now();
  sent = 0;
  good = 0;
  /** Answers for which more than one server was asked. */
  passedOn = 0;
  longestMs = 0;
  /** Length of the stretch; set when the next one begins. */
  seconds = 0;

  get failed(): number {
    return Object.values(this.failures).reduce((sum, count) => sum + count, 0);
  }

  /** Of these, refused by a server that foresaw to be late: a matter of capacity, not of the restart. */
  get refused(): number {
    return Object.entries(this.failures)
      .filter(([what]) => /^503 (OVERLOADED|QUEUE_FULL) /.test(what))
      .reduce((sum, [, count]) => sum + count, 0);
  }

  get open(): number {
    return this.sent - this.good - this.failed;
  }
}

export class SteadyLoad {
  readonly #settings: LoadSettings;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #random: () => number;
  readonly #listeners = new Set<(upstream: string, due: number) => void>();
  #stretch = new Stretch();
  #due = performance.now();
  #count = 0;
  #open = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(settings: LoadSettings) {
    this.#settings = settings;
    this.#random = seededRandom(settings.seed);
    this.#beat();
  }

  static start(settings: LoadSettings): SteadyLoad {
    return new SteadyLoad(settings);
  }

  /** Ends the stretch that runs and begins another; resolves with the first when its last request has ended. */
  async next(): Promise<Stretch> {
    const ended = this.#stretch;
    ended.seconds = (performance.now() - ended.startedAt) / SECOND;
    this.#stretch = new Stretch();
    await settled(ended);
    return ended;
  }

  /** Resolves when that server has answered a request that was due from now on: the proxy knows that it is back. */
  heardFrom(address: string): Promise<void> {
    const from = performance.now();
    return new Promise((resolve, reject) => {
      const give = setTimeout(() => {
        this.#listeners.delete(listen);
        reject(new Error(`${address} got no request in ${PATIENCE_MS / SECOND} s`));
      }, PATIENCE_MS);
      const listen = (upstream: string, due: number): void => {
        if (due < from || upstream !== address) return;
        clearTimeout(give);
        this.#listeners.delete(listen);
        resolve();
      };
      this.#listeners.add(listen);
    });
  }

  /** Sends nothing more, and resolves with the last stretch when all is answered. */
  async stop(): Promise<Stretch> {
    clearTimeout(this.#timer);
    const last = await this.next();
    this.#agent.destroy();
    return last;
  }

  #beat(): void {
    const { perSecond, mostOpen = Infinity } = this.#settings;
    while (this.#due <= performance.now()) {
      if (this.#open >= mostOpen) this.#due = performance.now();
      else this.#send(this.#due);
      this.#due += (-Math.log(1 - this.#random()) * SECOND) / perSecond;
    }
    this.#timer = setTimeout(() => this.#beat(), Math.max(0, this.#due - performance.now()));
  }

  #send(due: number): void {
    const { url, headers, bodies } = this.#settings;
    const stretch = this.#stretch;
    stretch.sent++;
    this.#open++;
    let ended = false;
    const end = (failure: string | undefined, upstream = ''): void => {
      if (ended) return;
      ended = true;
      this.#open--;
      const ms = performance.now() - due;
      stretch.longestMs = Math.max(stretch.longestMs, ms);
      const tried = upstream.split(', ');
      if (tried.length > 1) stretch.passedOn++;
      if (failure === undefined) {
        stretch.good++;
        stretch.latencies.record(ms);
        for (const listen of this.#listeners) listen(tried.at(-1)!, due);
      } else stretch.failures[failure] = (stretch.failures[failure] ?? 0) + 1;
    };
    const body = bodies[this.#count++ % bodies.length]!;
    const sent = request(
      url,
      { method: 'POST', agent: this.#agent, headers: { ...headers, 'content-length': body.length } },
      (response) => {
        read(response).then(
          (text) => end(failureOf(response, text), String(response.headers[UPSTREAM_HEADER] ?? '')),
          (error: NodeJS.ErrnoException) => end(`cut off: ${error.code ?? error.message}`),
        );
      },
    );
    sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error('time-out')));
    sent.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    sent.end(body);
  }
}

async function read(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of response.setEncoding('utf8')) text += piece as string;
  return text;
}

/** Undefined of a good answer; else its status and its code, or that the proxy made it up. */
function failureOf({ statusCode, headers }: IncomingMessage, text: string): string | undefined {
  if (statusCode === 200) return undefined;
  const code = /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? 'from the proxy';
  const from = headers[UPSTREAM_HEADER];
  return `${statusCode} ${code}${from === undefined ? '' : ` (${String(from)})`}`;
}

async function settled(stretch: Stretch): Promise<void> {
  while (stretch.open > 0) await new Promise((resolve) => void setTimeout(resolve, 5));
}
