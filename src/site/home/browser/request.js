// @ts-check
/** Requests to the server, by fetch and as curl commands, and their answers. Touches no document. */
import { foreign, refusal, SILENCE } from './words.js';

/** @typedef {import('typebox').Static<typeof import('../../../protocol/v1/predict-answers.ts').ImageAnswer>} ImageAnswer */
/** @typedef {import('typebox').Static<typeof import('../../../protocol/v1/predict-answers.ts').RowsAnswer>} RowsAnswer */
/** @typedef {ImageAnswer | RowsAnswer} Answer */
/** @typedef {import('./words.js').Problem} Problem */

/**
 * The bytes of a file; `onDisk`: whether the visitor has it under that name.
 * @typedef {{ readonly kind: 'file', readonly name: string, readonly blob: Blob, readonly onDisk: boolean }} FilePicture
 */
/** For the server to fetch. @typedef {{ readonly kind: 'address', readonly address: string }} AddressPicture */
/** A body of JSON for a model that takes rows. @typedef {{ readonly kind: 'rows', readonly body: string }} Rows */
/** @typedef {FilePicture | AddressPicture | Rows} Input */

/**
 * The path of the route that asks a version; the shortest there is for the defaults.
 * @param {{ model: string, version: string, isDefaultModel: boolean, isDefaultVersion: boolean }} choice
 */
export function predictPath({ model, version, isDefaultModel, isDefaultVersion }) {
  if (isDefaultModel && isDefaultVersion) return '/v1/predict';
  const ofModel = `/v1/models/${encodeURIComponent(model)}`;
  return `${ofModel}${isDefaultVersion ? '' : `/versions/${encodeURIComponent(version)}`}/predict`;
}

/**
 * The content type. What the browser does not know as an image goes as plain bytes: the server decides.
 * @param {Input} input
 */
function typeOf(input) {
  if (input.kind !== 'file') return 'application/json';
  return input.blob.type.startsWith('image/') ? input.blob.type : 'application/octet-stream';
}

/** @param {AddressPicture | Rows} input */
const asJson = (input) => (input.kind === 'rows' ? input.body : JSON.stringify({ url: input.address }));

/**
 * Asks the server. Rejects only when `signal` has been aborted.
 * @param {string} path with its query
 * @param {Input} input
 * @param {AbortSignal} signal
 * @returns {Promise<{ answer: Answer, waitedMs: number } | { problem: Problem }>}
 */
export async function ask(path, input, signal) {
  const body = input.kind === 'file' ? input.blob : asJson(input);
  const headers = { 'content-type': typeOf(input) };
  const start = performance.now();
  try {
    const response = await fetch(path, { method: 'POST', headers, body, signal });
    const text = await response.text();
    const waitedMs = performance.now() - start;
    const reply = parsed(text);
    if (response.ok && (reply?.predictions ?? reply?.outputs)) return { answer: reply, waitedMs };
    const retryAfter = response.headers.get('retry-after');
    const ours = typeof reply?.code === 'string' && typeof reply.error === 'string';
    return { problem: ours ? refusal(response.status, reply, retryAfter) : foreign(response.status) };
  } catch (error) {
    if (signal.aborted) throw error;
    return { problem: SILENCE };
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A word for a POSIX shell, whatever is in it. @param {string} text */
export const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/**
 * The command that asks the same from a terminal, in the folder where the picture is.
 * @param {string} url
 * @param {Input} input
 */
export function curl(url, input) {
  const header = `-H ${quoted(`content-type: ${typeOf(input)}`)}`;
  return [`curl ${quoted(url)}`, header, bodyOption(input)].join(' \\\n  ');
}

/** @param {Input} input */
function bodyOption(input) {
  if (input.kind !== 'file') return `-d ${quoted(asJson(input))}`;
  // A lone dash would be the standard input.
  return `--data-binary ${quoted(input.name === '-' ? '@./-' : `@${input.name}`)}`;
}
