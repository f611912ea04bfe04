/** Asks a running server about the drift of a model. */
import { askServer } from '../ask-server.ts';
import { credentialOf } from '../credential.ts';
import { serverOf, urlBelow } from '../server-address.ts';
import type { Terminal } from '../terminal.ts';
import type { Shown } from './report.ts';

/** `path`: below the model. @throws CliError with exit code 1 when the server refuses or does not answer */
export function askDrift(
  name: string,
  path: string,
  typed: Readonly<Record<string, unknown>>,
  terminal: Terminal,
  body?: object,
): Promise<Shown> {
  const url = urlBelow(serverOf(typed, terminal), `v1/models/${encodeURIComponent(name)}/${path}`);
  return askServer(url, {
    method: body === undefined ? 'GET' : 'POST',
    credential: credentialOf(typed, terminal),
    body,
    without:
      'makes no reference of its traffic: start it with --drift-routes loopback, and ask from its own machine',
    expected: (answer): answer is Shown => Array.isArray((answer as Shown | undefined)?.versions),
  });
}
