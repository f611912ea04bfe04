/** One request of a command to a running server; every failure is one sentence. */
import { CliError } from './cli-error.ts';
import { reasonOf } from './server-address.ts';
import { printable } from './table.ts';

export interface ServerCall {
  readonly method: 'GET' | 'PUT' | 'POST';
  /** Headers that say who asks. */
  readonly credential: Readonly<Record<string, string>>;
  /** Bytes are sent as they are, anything else as JSON. */
  readonly body?: object | Uint8Array<ArrayBuffer> | undefined;
  /** Until all of the answer is there; ten seconds by default. */
  readonly timeoutMs?: number;
  /** What to say where the server has no such route, after its address. */
  readonly without?: string;
}

export interface Question<Answer> extends ServerCall {
  readonly expected: (answer: unknown) => answer is Answer;
}

const TIMEOUT_MS = 10_000;

/** Returns the JSON of the answer. @throws CliError with exit code 1 when the server refuses, does not answer, or is another kind of server */
export async function askServer<Answer>(url: URL, { expected, ...call }: Question<Answer>): Promise<Answer> {
  const { status, bytes } = await send(url, 'application/json', call);
  const answer = jsonOf(bytes);
  if (isGood(status) && expected(answer)) return answer;
  throw refusalOf(url, status, answer, call);
}

/** Returns the bytes of the answer. @throws CliError as askServer() */
export async function askForFile(url: URL, call: ServerCall): Promise<Uint8Array> {
  const { status, bytes } = await send(url, '*/*', call);
  if (isGood(status)) return bytes;
  throw refusalOf(url, status, jsonOf(bytes), call);
}

interface Answered {
  readonly status: number;
  readonly bytes: Uint8Array;
}

async function send(
  url: URL,
  accept: string,
  { method, credential, body, timeoutMs = TIMEOUT_MS }: ServerCall,
): Promise<Answered> {
  try {
    const response = await fetch(url, {
      method,
      headers: { ...credential, accept, ...(body !== undefined && { 'content-type': typeOf(body) }) },
      ...(body !== undefined && { body: body instanceof Uint8Array ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) };
  } catch (error) {
    const reason = reasonOf(error, timeoutMs);
    throw new CliError(1, `The server at ${url.origin} cannot be reached (${reason}): is it running?`);
  }
}

const typeOf = (body: object): string =>
  body instanceof Uint8Array ? 'application/octet-stream' : 'application/json';

const isGood = (status: number): boolean => status >= 200 && status < 300;

function refusalOf(url: URL, status: number, answer: unknown, { without }: ServerCall): CliError {
  const { error, code } = (answer ?? {}) as { error?: unknown; code?: unknown };
  if (code === 'ROUTE_NOT_FOUND' && without !== undefined)
    return new CliError(1, `The server at ${url.origin} ${without}.`);
  if (typeof error === 'string' && typeof code === 'string')
    return new CliError(1, printable(`${error} (${code})`));
  return new CliError(1, `${url.origin} answered ${status}, but not as this kind of server does.`);
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}
