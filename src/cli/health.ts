/**
 * `ortolan health`: asks a server whether it lives, or is ready, and ends with 0 or 1. It is the health check of the
 * image, where there is neither a shell nor curl. It does not retry: the caller does.
 */
import type { Command } from 'commander';
import { CliError } from './cli-error.ts';
import { addConfigFlags } from './config-flags.ts';
import { reasonOf, SERVER_FLAGS, serverOf, URL_FLAG, urlBelow } from './server-address.ts';
import type { Terminal } from './terminal.ts';

/** Health is answered at once, also under load: a server that needs longer than this is not healthy. */
const TIMEOUT_MS = 3000;

export function configureHealth(command: Command, terminal: Terminal): void {
  command
    .option(...URL_FLAG)
    .option('--ready', 'ask whether it is ready for requests; by default only whether it lives');
  addConfigFlags(command, SERVER_FLAGS).action((typed) => health(typed, terminal));
}

/** @throws CliError with exit code 1 when the server is not healthy or does not answer */
async function health(typed: Readonly<Record<string, unknown>>, terminal: Terminal): Promise<void> {
  const server = serverOf(typed, terminal);
  const question = typed['ready'] === true ? 'ready' : 'live';
  // The certificate of a server on this machine is for the name by which others know it. Nothing secret is sent.
  const anyone = typeof typed['url'] !== 'string';
  const { status, text } = await answerOf(urlBelow(server, `health/${question}`), anyone);
  if (status !== 200)
    throw new CliError(1, `${server.origin} is not ${question}: ${status} ${text}`.trimEnd());
  terminal.out(`${server.origin} is ${question}.`);
}

interface Answered {
  readonly status: number;
  readonly text: string;
}

/** `anyone`: whatever the certificate of the server says. */
async function answerOf(url: URL, anyone: boolean): Promise<Answered> {
  try {
    if (anyone && url.protocol === 'https:') return await answerOfAnyone(url);
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    throw new CliError(1, `${url.origin} cannot be reached (${reasonOf(error, TIMEOUT_MS)}).`);
  }
}

/** fetch() has no way not to look at a certificate. */
async function answerOfAnyone(url: URL): Promise<Answered> {
  const { request } = await import('node:https');
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const asked = request(url, { rejectUnauthorized: false, agent: false, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => (text += piece));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    asked.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
    asked.end();
  });
}
