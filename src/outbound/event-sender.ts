/**
 * Posts events to one receiver that the operator has named: CloudEvents 1.0 over HTTP in binary mode, so that the
 * attributes are headers and the body is the data as it is. A few connections are kept, no redirect is followed, and no
 * answer is read beyond what it takes to use its connection again.
 */
import type { Pool } from 'undici';
import { VERSION } from '../version.ts';

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */
export interface CloudEvent {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  /** RFC 3339. */
  readonly time: string;
  /** Names in lower case, letters and digits only. */
  readonly extensions: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** What became of an event. */
export type Delivery =
  | { readonly kind: 'taken' }
  /** The receiver refuses it; sending it again is no use. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It may be sent again. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface EventSenderSettings {
  readonly url: URL;
  /** Further headers, asked for each event. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** From the connection to the end of the answer. */
  readonly timeoutMs: number;
  readonly connections: number;
}

const MAX_ANSWER_BYTES = 64 * 1024;

/** Of a receiver that is not able to take it now. */
const MAY_PASS: ReadonlySet<number> = new Set([408, 425, 429]);

export class EventSender {
  readonly #settings: EventSenderSettings;
  readonly #stop = new AbortController();
  #pool: Promise<Pool> | undefined;

  constructor(settings: EventSenderSettings) {
    this.#settings = settings;
  }

  /** Never rejects. The reason names neither path nor query, where secrets may be. */
  async send(event: CloudEvent): Promise<Delivery> {
    const { url, headers, timeoutMs } = this.#settings;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const pool = await (this.#pool ??= poolOf(this.#settings));
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path: `${url.pathname}${url.search}`,
        headers: { 'user-agent': `ortolan/${VERSION}`, ...headers(), ...headersOf(event) },
        body: event.body,
        signal,
      });
      await body.dump({ limit: MAX_ANSWER_BYTES, signal });
      return deliveryOf(url, statusCode);
    } catch (error) {
      const late = signal.aborted && !this.#stop.signal.aborted;
      const reason = late ? `no answer within ${timeoutMs} ms` : reasonOf(error);
      return { kind: 'failed', reason: `${url.host}: ${reason}` };
    }
  }

  /** Ends what is being sent, and closes the connections. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the server has stopped'));
    await (await this.#pool)?.destroy();
  }
}

function deliveryOf({ host }: URL, status: number): Delivery {
  if (status >= 200 && status <= 299) return { kind: 'taken' };
  const kind = status >= 500 || MAY_PASS.has(status) ? 'failed' : 'refused';
  return { kind, reason: `${host} answered ${status}` };
}

async function poolOf({ url, connections }: EventSenderSettings): Promise<Pool> {
  // Imported on first use: most servers send nothing, and it would take 70 ms and several MB at every start.
  const { Pool } = await import('undici');
  return new Pool(url.origin, {
    connections,
    autoSelectFamily: true,
    allowH2: false,
    pipelining: 1,
    // The signal is the only time limit.
    connectTimeout: 0,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** The binary mode of the HTTP binding: an attribute is a header with `ce-` before its name. */
export function headersOf({
  id,
  type,
  source,
  time,
  extensions,
  contentType,
}: CloudEvent): Record<string, string> {
  const attributes = { specversion: '1.0', id, type, source, time, ...extensions };
  const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, encoded(value)]);
  return { ...Object.fromEntries(headers), 'content-type': contentType } as Record<string, string>;
}

/**
 * What no header may hold, and percent signs, are percent-encoded (HTTP binding 3.1.3.2). Quotes and spaces are not, although
 * it asks for that: the SDKs of Go, which KServe uses, and of Python write and read them as they are, and who decodes finds
 * the same.
 */
const encoded = (value: string): string =>
  value
    .toWellFormed()
    .replaceAll(/[^\x20-\x7e]|%/gu, (character) =>
      character === '%' ? '%25' : encodeURIComponent(character),
    );

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return message === '' || message === undefined ? String(code ?? error) : message;
}
