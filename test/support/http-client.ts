/**
 * A low-level HTTP client: writes bytes exactly as given, at the time given, and parses responses from the socket. Does not
 * retry, pool or correct anything.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';

export interface WireResponse {
  readonly status: number;
  /** Names in lower case; the last value of a repeated header. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export interface WireRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** One connection. */
export class Wire {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #ended = false;
  readonly #changed = new Set<() => void>();
  /** Resolves when the server has closed the connection, cleanly or not. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#notify();
    });
    // A server may close with a reset; what was received before counts.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.#ended = true;
        this.#notify();
      });
    }
  }

  static async open(port: number, host = '127.0.0.1'): Promise<Wire> {
    const socket = connect({ port, host, noDelay: true });
    await once(socket, 'connect');
    return new Wire(socket);
  }

  /** Over TLS, whoever the server is. @throws Error of the handshake */
  static async openTls(port: number, options: ConnectionOptions = {}): Promise<Wire> {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    await once(socket, 'secureConnect');
    return new Wire(socket);
  }

  /** Of one that was opened by openTls. */
  get tls(): TLSSocket {
    return this.#socket as TLSSocket;
  }

  /** Resolves when the bytes have been passed to the kernel. */
  write(data: Uint8Array | string): Promise<void> {
    return new Promise((resolve) => this.#socket.write(data, () => resolve()));
  }

  /** Writes a whole, valid request. */
  send(request: WireRequest): Promise<void> {
    return this.write(requestBytes(request));
  }

  /** Closes the connection. */
  leave(): void {
    // Not resetAndDestroy(): with the handle that it sometimes leaves behind, Node 24 never exits.
    this.#socket.destroy();
  }

  /** Reads again, and resolves with the next response. */
  resumed(): Promise<WireResponse | undefined> {
    this.#socket.resume();
    return this.response();
  }

  /** Closes only the sending side. */
  finish(): void {
    this.#socket.end();
  }

  /** Reads nothing from now on. */
  pause(): void {
    this.#socket.pause();
  }

  /** Bytes that were received and not parsed as a response. */
  get unread(): string {
    return this.#received.toString('latin1');
  }

  /** Returns the next response; undefined when the connection ends before it is complete. */
  async response({ toHead = false } = {}): Promise<WireResponse | undefined> {
    for (;;) {
      const response = this.#take(toHead);
      if (response !== undefined || this.#ended) return response;
      await new Promise<void>((resolve) => {
        this.#changed.add(resolve);
      });
    }
  }

  #take(toHead: boolean): WireResponse | undefined {
    const end = this.#received.indexOf(HEAD_END);
    if (end < 0) return undefined;
    const [first = '', ...lines] = this.#received.subarray(0, end).toString('latin1').split('\r\n');
    const headers = new Map(
      lines.map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const status = Number(first.split(' ')[1]);
    const bodyStart = end + HEAD_END.length;
    const bodyEnd = bodyStart + (toHead || status < 200 ? 0 : Number(headers.get('content-length') ?? 0));
    if (this.#received.length < bodyEnd) return undefined;
    const body = this.#received.subarray(bodyStart, bodyEnd);
    this.#received = this.#received.subarray(bodyEnd);
    return { status, headers, body };
  }

  #notify(): void {
    for (const changed of this.#changed) changed();
    this.#changed.clear();
  }
}

/** The bytes of a request, with Host and, where there is a body, Content-Length. */
export function requestBytes({ method = 'GET', path = '/', headers = {}, body }: WireRequest): Buffer {
  const bytes = body === undefined ? undefined : Buffer.from(body as string);
  const all = {
    host: 'test',
    ...(bytes === undefined ? {} : { 'content-length': String(bytes.length) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'),
    bytes ?? Buffer.alloc(0),
  ]);
}

/** Sends one request on a new connection. @throws Error when there is no response */
export async function send(port: number, request: WireRequest, host?: string): Promise<WireResponse> {
  const wire = await Wire.open(port, host);
  await wire.send(request);
  const response = await wire.response({ toHead: request.method === 'HEAD' });
  wire.leave();
  if (response === undefined) throw new Error('The server closed the connection without an answer.');
  return response;
}

export const get = (port: number, path: string, headers = {}): Promise<WireResponse> =>
  send(port, { path, headers });

export const post = (
  port: number,
  path: string,
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<WireResponse> => send(port, { method: 'POST', path, body, headers });

/** Posts a JSON body. */
export const postJson = (port: number, path: string, body: unknown): Promise<WireResponse> =>
  post(port, path, JSON.stringify(body), { 'content-type': 'application/json' });

export const jsonOf = <T = Record<string, unknown>>({ body }: WireResponse): T =>
  JSON.parse(body.toString('utf8')) as T;

/** Status and code of an error response, for a comparison in one line. */
export const faultOf = (response: WireResponse): readonly [number, unknown] => [
  response.status,
  jsonOf(response)['code'],
];

/** Resolves when the condition holds. Has no time limit: tap reports the line at which a test hangs. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
}

export type Labels = Readonly<Record<string, string>>;

/** The metrics of one scrape: returns the sum of all series with that name and those labels. */
export type Samples = (name: string, labels?: Labels) => number;

export async function scrape(port: number): Promise<Samples> {
  const { body } = await get(port, '/metrics');
  const samples = body
    .toString('utf8')
    .split('\n')
    .flatMap((line) => {
      const [, name, labels = '', value] = /^([a-z_A-Z0-9:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      return name === undefined ? [] : [{ name, labels: `,${labels},`, value: Number(value) }];
    });
  return (name, labels = {}) =>
    samples
      .filter((sample) => sample.name === name)
      .filter((sample) =>
        Object.entries(labels).every(([key, value]) => sample.labels.includes(`,${key}="${value}",`)),
      )
      .reduce((sum, sample) => sum + sample.value, 0);
}
