/** Sends images to a running server; every failure is one sentence. */
import { CliError } from './cli-error.ts';
import type { Classified } from './predictions.ts';

export interface RemoteOptions {
  readonly model?: string | undefined;
  readonly topK?: string | undefined;
}

/** Longer than any deadline that a server has by default. */
const TIMEOUT_MS = 60_000;

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

/** @throws CliError when the server cannot be reached, or answers with anything but predictions. */
export async function classifyRemotely(
  server: URL,
  bytes: Uint8Array<ArrayBuffer>,
  { model, topK }: RemoteOptions,
): Promise<Classified> {
  const path = model === undefined ? 'v1/predict' : `v1/models/${encodeURIComponent(model)}/predict`;
  const url = urlBelow(server, path);
  if (topK !== undefined) url.searchParams.set('top_k', topK);
  const response = await post(url, bytes);
  const answer = await jsonOf(response);
  if (response.ok && isClassified(answer)) return answer;
  const { error, code } = (answer ?? {}) as { error?: unknown; code?: unknown };
  throw new CliError(
    1,
    typeof error === 'string'
      ? `${error}${typeof code === 'string' ? ` (${code})` : ''}`
      : `${url.origin} answered ${response.status}, but not as this kind of server does.`,
  );
}

async function post(url: URL, body: Uint8Array<ArrayBuffer>): Promise<Response> {
  const headers = { 'content-type': 'application/octet-stream', accept: 'application/json' };
  try {
    return await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    throw new CliError(
      1,
      `The server at ${url.origin} cannot be reached (${reasonOf(error, TIMEOUT_MS)}): is it running?`,
    );
  }
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

const isClassified = (answer: unknown): answer is Classified =>
  Array.isArray((answer as Classified | undefined)?.predictions) &&
  typeof (answer as Classified).model?.name === 'string';

/** fetch() says only "fetch failed"; the reason is underneath, and may be several for several addresses. */
export function reasonOf(error: unknown, timeoutMs: number): string {
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  return cause?.code ?? cause?.message ?? message;
}
