/** Sends images to a running server; every failure is one sentence. */
import { CliError } from '../cli-error.ts';
import { reasonOf, urlBelow } from '../server-address.ts';
import type { Classified } from './predictions.ts';

export interface RemoteOptions {
  readonly model?: string | undefined;
  readonly topK?: string | undefined;
  /** Headers that say who asks. */
  readonly credential?: Readonly<Record<string, string>> | undefined;
}

/** Longer than any deadline that a server has by default. */
const TIMEOUT_MS = 60_000;

/** @throws CliError when the server cannot be reached, or answers with anything but predictions. */
export async function classifyRemotely(
  server: URL,
  bytes: Uint8Array<ArrayBuffer>,
  { model, topK, credential = {} }: RemoteOptions,
): Promise<Classified> {
  const path = model === undefined ? 'v1/predict' : `v1/models/${encodeURIComponent(model)}/predict`;
  const url = urlBelow(server, path);
  if (topK !== undefined) url.searchParams.set('top_k', topK);
  const response = await post(url, bytes, credential);
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

async function post(
  url: URL,
  body: Uint8Array<ArrayBuffer>,
  credential: Readonly<Record<string, string>>,
): Promise<Response> {
  const headers = { ...credential, 'content-type': 'application/octet-stream', accept: 'application/json' };
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
