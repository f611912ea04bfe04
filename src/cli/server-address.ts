/** The address of a running server, and why a request to it has failed. */
import { CliError } from './cli-error.ts';
import { configOf } from './config-flags.ts';
import type { Terminal } from './terminal.ts';

/** Config flags of commands that ask a server. */
export const SERVER_FLAGS = ['host', 'port', 'tlsCertFile'] as const;

/** Of commands that ask a server. */
export const URL_FLAG = [
  '--url <address>',
  'the server to ask; by default the one of this machine that host and port name',
] as const;

/** The server that --url names, else the one that this configuration would start. @throws CliError when there is none */
export function serverOf(typed: Readonly<Record<string, unknown>>, terminal: Terminal): URL {
  if (typeof typed['url'] === 'string') return serverAddress(typed['url']);
  const { host, port, tlsCertFile } = configOf(typed, terminal).config;
  if (port === 0) throw new CliError(2, 'Port 0 takes any free port: name the server by --url.');
  return new URL(`${tlsCertFile === undefined ? 'http' : 'https'}://${reachable(host)}:${port}`);
}

/** A server that listens on all addresses is reached by loopback. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** The address of a server. @throws CliError when `text` is not one. */
export function serverAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new CliError(2, `"${text}" is not the address of a server, such as http://127.0.0.1:8000.`);
  }
  return url;
}

/** A path below the server's own, which may have one behind a proxy. */
export const urlBelow = (server: URL, path: string): URL =>
  new URL(path, server.href.endsWith('/') ? server : `${server.href}/`);

/** fetch() says only "fetch failed"; the reason is underneath, and may be several for several addresses. */
export function reasonOf(error: unknown, timeoutMs: number): string {
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  const reason = cause?.code ?? cause?.message ?? message;
  if (!/CERT|ISSUER|SIGNATURE/.test(reason)) return reason;
  return `${reason}: name the server by --url https://… as its certificate does, and its authority by NODE_EXTRA_CA_CERTS`;
}
