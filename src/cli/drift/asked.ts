/** Asks a running server about the drift of a model. */
import { CliError } from '../cli-error.ts';
import { credentialOf } from '../credential.ts';
import { reasonOf, serverOf, urlBelow } from '../server-address.ts';
import type { Terminal } from '../terminal.ts';
import type { Shown } from './report.ts';

const TIMEOUT_MS = 10_000;

/** `path`: below the model. @throws CliError with exit code 1 when the server refuses or does not answer */
export async function askDrift(
  name: string,
  path: string,
  typed: Readonly<Record<string, unknown>>,
  terminal: Terminal,
  body?: object,
): Promise<Shown> {
  const url = urlBelow(serverOf(typed, terminal), `v1/models/${encodeURIComponent(name)}/${path}`);
  const { status, answer } = await send(url, credentialOf(typed, terminal), body);
  if (status === 200 && Array.isArray((answer as Shown | undefined)?.versions)) return answer as Shown;
  const { error, code } = (answer ?? {}) as { error?: unknown; code?: unknown };
  if (code === 'ROUTE_NOT_FOUND') {
    const help = 'start it with --drift-routes loopback, and ask from its own machine';
    throw new CliError(1, `The server at ${url.origin} makes no reference of its traffic: ${help}.`);
  }
  if (typeof error === 'string' && typeof code === 'string') throw new CliError(1, `${error} (${code})`);
  throw new CliError(1, `${url.origin} answered ${status}, but not as this kind of server does.`);
}

async function send(
  url: URL,
  credential: Readonly<Record<string, string>>,
  body: object | undefined,
): Promise<{ status: number; answer: unknown }> {
  try {
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
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
