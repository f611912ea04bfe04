/** `ortolan models traffic`: shows and changes, on a running server, which version of a model answers. */
import { CliError } from '../../cli-error.ts';
import { credentialOf } from '../../credential.ts';
import { reasonOf, serverOf, urlBelow } from '../../server-address.ts';
import type { Terminal } from '../../terminal.ts';
import { report, type Shown } from './report.ts';
import { settingsOf } from './settings.ts';

const TIMEOUT_MS = 10_000;

const STEPS = ['promote', 'hold', 'rollback'];

export interface Asked {
  /** Of the model. */
  readonly name: string;
  readonly step: string | undefined;
  /** To promote. */
  readonly version: string | undefined;
}

/** @throws CliError with exit code 1 when the server refuses or does not answer, 2 when what was typed makes no sense */
export async function showTraffic(
  { name, step, version }: Asked,
  typed: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<void> {
  if (step !== undefined && !STEPS.includes(step)) {
    throw new CliError(2, `The steps are ${STEPS.join(', ')}; "${step}" is none.`);
  }
  const changes = settingsOf({}, typed) !== undefined;
  if (step !== undefined && changes) throw new CliError(2, 'A step takes no settings: give one after the other.');
  if (version !== undefined && step !== 'promote') throw new CliError(2, 'Only promote takes a version.');

  const url = urlBelow(serverOf(typed, terminal), `v1/models/${encodeURIComponent(name)}/traffic`);
  const credential = credentialOf(typed, terminal);
  const ask = (at: URL, method: Method, body?: object): Promise<Shown> =>
    shownOf(at, method, credential, body);
  let shown: Shown;
  if (step === undefined) {
    shown = await ask(url, 'GET');
    const settings = settingsOf(shown.settings, typed);
    if (settings !== undefined) shown = await ask(url, 'PUT', settings);
  } else {
    const of = new URL(`${url.href}/${step}`);
    if (version !== undefined) of.searchParams.set('version', version);
    shown = await ask(of, 'POST');
  }
  terminal.out(typed['json'] === true ? JSON.stringify(shown, null, 2) : report(shown));
}

type Method = 'GET' | 'PUT' | 'POST';
type Headers = Readonly<Record<string, string>>;

async function shownOf(url: URL, method: Method, credential: Headers, body?: object): Promise<Shown> {
  const { status, answer } = await send(url, method, credential, body);
  if (status === 200 && Array.isArray((answer as Shown | undefined)?.split)) return answer as Shown;
  const { error, code } = (answer ?? {}) as { error?: unknown; code?: unknown };
  if (code === 'ROUTE_NOT_FOUND') {
    const help = 'start it with --traffic-routes loopback, and ask from its own machine';
    throw new CliError(1, `The server at ${url.origin} takes no changes of the traffic: ${help}.`);
  }
  if (typeof error === 'string' && typeof code === 'string') throw new CliError(1, `${error} (${code})`);
  throw new CliError(1, `${url.origin} answered ${status}, but not as this kind of server does.`);
}

async function send(url: URL, method: string, credential: Headers, body?: object): Promise<{ status: number; answer: unknown }> {
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
