/** The address of a running server, and why a request to it has failed. */
import { CliError } from './cli-error.ts';

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
  return cause?.code ?? cause?.message ?? message;
}
