/**
 * A client that does to a server what well-behaved ones never do: it writes bytes as they are given, at the time
 * they are given, and reads answers off the wire. Nothing is retried, pooled or corrected.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface WireResponse {
  readonly status: number;
  /** Names in lower case; of a repeated header the last. */
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
      this.#tell();
    });
    // A reset is one of the ways in which a server may close; what came before it counts.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.#ended = true;
        this.#tell();
      });
    }
  }

  static async open(port: number, host = '127.0.0.1'): Promise<Wire> {
    const socket = connect({ port, host, noDelay: true });
    await once(socket, 'connect');
    return new Wire(socket);
  }

  /** Resolves when the bytes are in the kernel's hands. */
  write(data: Uint8Array | string): Promise<void> {
    return new Promise((resolve) => this.#socket.write(data, () => resolve()));
  }

  /** A whole request, as a well-behaved client would write it. */
  send(request: WireRequest): Promise<void> {
    return this.write(requestBytes(request));
  }

  /** Closes both sides without a word. */
  leave(): void {
    // Not resetAndDestroy(): with the handle that it sometimes leaves behind, Node 24 never exits.
    this.#socket.destroy();
  }

  /** Closes its own side only. */
  finish(): void {
    this.#socket.end();
  }

  /** What has come and was not read as a response. */
  get unread(): string {
    return this.#received.toString('latin1');
  }

  /** The next response; undefined when the connection ends before there is a whole one. */
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

  #tell(): void {
    for (const tell of this.#changed) tell();
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

/** One request on a connection of its own. @throws when there is no answer. */
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

/** A JSON body there and back. */
export const postJson = (port: number, path: string, body: unknown): Promise<WireResponse> =>
  post(port, path, JSON.stringify(body), { 'content-type': 'application/json' });

export const jsonOf = <T = Record<string, unknown>>({ body }: WireResponse): T =>
  JSON.parse(body.toString('utf8')) as T;

/** What of an error answer is part of the contract, for a comparison in one line. */
export const faultOf = (response: WireResponse): readonly [number, unknown] => [
  response.status,
  jsonOf(response)['code'],
];

/** Resolves when the condition holds. There is no limit: a test that hangs says at which line. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
}

export type Labels = Readonly<Record<string, string>>;

/** Metrics of one scrape: the sum of all series of that name that have those labels. */
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
