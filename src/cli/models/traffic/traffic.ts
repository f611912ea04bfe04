/** `ortolan models traffic`: shows and changes, on a running server, which version of a model answers. */
import { askServer, type ServerCall } from '../../ask-server.ts';
import { CliError } from '../../cli-error.ts';
import { credentialOf } from '../../credential.ts';
import { serverOf, urlBelow } from '../../server-address.ts';
import type { Terminal } from '../../terminal.ts';
import { report, type Shown } from './report.ts';
import { settingsOf } from './settings.ts';

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
  const ask = (at: URL, method: ServerCall['method'], body?: object): Promise<Shown> =>
    askServer(at, {
      method,
      credential,
      body,
      without:
        'takes no changes of the traffic: start it with --traffic-routes loopback, and ask from its own machine',
      expected: (answer): answer is Shown => Array.isArray((answer as Shown | undefined)?.split),
    });
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
