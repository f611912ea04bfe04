/** One request of a command to a running server, with JSON both ways. */
import { CliError } from './cli-error.ts';
import { reasonOf } from './server-address.ts';

const TIMEOUT_MS = 10_000;

export interface Question {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly credential: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object | undefined;
  /** What to say where the server has no such route, after its address. */
  readonly without: string;
  /** Whether an answer with status 200 is what was asked for. */
  readonly expected: (answer: unknown) => boolean;
}

/** Returns the answer. @throws CliError with exit code 1 when the server refuses, does not answer, or is another kind of server */
export async function askServer(
  url: URL,
  { method, credential, body, without, expected }: Question,
): Promise<unknown> {
  const { status, answer } = await send(url, method, credential, body);
  if (status === 200 && expected(answer)) return answer;
  const { error, code } = (answer ?? {}) as { error?: unknown; code?: unknown };
  if (code === 'ROUTE_NOT_FOUND') throw new CliError(1, `The server at ${url.origin} ${without}.`);
  if (typeof error === 'string' && typeof code === 'string') throw new CliError(1, `${error} (${code})`);
  throw new CliError(1, `${url.origin} answered ${status}, but not as this kind of server does.`);
}

async function send(
  url: URL,
  method: string,
  credential: Readonly<Record<string, string>>,
  body: object | undefined,
): Promise<{ status: number; answer: unknown }> {
  try {
    const response = await fetch(url, {
      method,
      headers: { ...credential, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    return { status: response.status, answer: jsonOf(text) };
  } catch (error) {
    const reason = reasonOf(error, TIMEOUT_MS);
    throw new CliError(1, `The server at ${url.origin} cannot be reached (${reason}): is it running?`);
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
