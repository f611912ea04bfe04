/** Sends images to a running server; every failure is one sentence. */
import { askServer } from '../ask-server.ts';
import { urlBelow } from '../server-address.ts';
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
export function classifyRemotely(
  server: URL,
  bytes: Uint8Array<ArrayBuffer>,
  { model, topK, credential = {} }: RemoteOptions,
): Promise<Classified> {
  const path = model === undefined ? 'v1/predict' : `v1/models/${encodeURIComponent(model)}/predict`;
  const url = urlBelow(server, path);
  if (topK !== undefined) url.searchParams.set('top_k', topK);
  const call = { method: 'POST', credential, body: bytes, timeoutMs: TIMEOUT_MS } as const;
  return askServer(url, { ...call, expected: isClassified });
}

const isClassified = (answer: unknown): answer is Classified =>
  Array.isArray((answer as Classified | undefined)?.predictions) &&
  typeof (answer as Classified).model?.name === 'string';
