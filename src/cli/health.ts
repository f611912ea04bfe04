/**
 * `ortolan health`: asks a server whether it lives, or is ready, and ends with 0 or 1. It is the health check of the
 * image, where there is neither a shell nor curl. It does not retry: the caller does.
 */
import type { Command } from 'commander';
import { CliError } from './cli-error.ts';
import { addConfigFlags, configOf } from './config-flags.ts';
import { reasonOf, serverAddress, urlBelow } from './server-address.ts';
import type { Terminal } from './terminal.ts';

/** Health is answered at once, also under load: a server that needs longer than this is not healthy. */
const TIMEOUT_MS = 3000;

export function configureHealth(command: Command, terminal: Terminal): void {
  command
    .option(
      '--url <address>',
      'the server to ask; by default the one of this machine that host and port name',
    )
    .option('--ready', 'ask whether it is ready for requests; by default only whether it lives');
  addConfigFlags(command, ['host', 'port']).action((typed) => health(typed, terminal));
}

/** @throws CliError with exit code 1 when the server is not healthy or does not answer */
async function health(typed: Readonly<Record<string, unknown>>, terminal: Terminal): Promise<void> {
  const server = typeof typed['url'] === 'string' ? serverAddress(typed['url']) : own(typed, terminal);
  const question = typed['ready'] === true ? 'ready' : 'live';
  const { status, text } = await answerOf(urlBelow(server, `health/${question}`));
  if (status !== 200)
    throw new CliError(1, `${server.origin} is not ${question}: ${status} ${text}`.trimEnd());
  terminal.out(`${server.origin} is ${question}.`);
}

/** The server that this configuration would start. */
function own(typed: Readonly<Record<string, unknown>>, terminal: Terminal): URL {
  const { host, port } = configOf(typed, terminal).config;
  if (port === 0) throw new CliError(2, 'Port 0 takes any free port: name the server by --url.');
  return new URL(`http://${reachable(host)}:${port}`);
}

/** A server that listens on all addresses is reached by loopback. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

async function answerOf(url: URL): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    throw new CliError(1, `${url.origin} cannot be reached (${reasonOf(error, TIMEOUT_MS)}).`);
  }
}
