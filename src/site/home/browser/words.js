// @ts-check
/** Numbers, batches and errors in words. Pure: no document, no network. */

/** The stages of a request in the order of time, and what happens in each. */
export const STAGES = /** @type {const} */ ([
  ['read', 'the body of the request arrives'],
  ['queue', 'it waits for a worker'],
  ['decode', 'images become pixels, scaled and cropped'],
  ['infer', 'the model runs on the batch'],
  ['post', 'its output becomes the answer'],
]);

/** @param {number} ms */
export function duration(ms) {
  if (ms >= 9999.5) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms.toFixed(ms < 9.995 ? 2 : ms < 99.95 ? 1 : 0)} ms`;
}

/** @param {number} share */
export function percent(share) {
  if (share > 0 && share < 0.0005) return '< 0.1 %';
  return `${(100 * share).toFixed(1)} %`;
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  const [unit, power] = bytes < 1024 ** 2 ? ['KiB', 1024] : ['MiB', 1024 ** 2];
  return `${Number((bytes / power).toFixed(1))} ${unit}`;
}

/** @param {number} seconds */
export function age(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 129_600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

/**
 * @param {number} count
 * @param {string} one
 */
export const counted = (count, one) => `${count} ${one}${count === 1 ? '' : 's'}`;

/** @type {Readonly<Record<string, string>>} */
const REASONS = {
  idle: 'at once, because a worker was free',
  full: 'because the batch was as large as pays for this model',
  delay: 'after it had waited for more work for as long as this model allows',
  prefetch: 'ahead of time, to a worker that was about to finish another batch',
};

/** @type {Readonly<Record<string, string>>} */
const WIDTHS = {
  wide: 'It ran on all cores, because nothing else needed them.',
  narrow: 'It ran on one thread, so that other batches can run beside it.',
};

/**
 * How the batch came to be, as two or three short sentences.
 * @param {{ readonly size: number, readonly reason: string, readonly width: string }} batch
 * @param {number} own rows of the request itself
 * @param {string} what a row is
 */
export function batchStory({ size: rows, reason, width }, own, what) {
  if (reason === 'cache')
    return 'Nothing was run: the same bytes had been asked before, and the result was kept.';
  const others = rows - own;
  const company =
    others <= 0 ? 'It went alone' : `It shared a batch with ${counted(others, `other ${what}`)}`;
  const left = REASONS[reason] ?? `for the reason “${reason}”`;
  return `${company}. It left ${left}. ${WIDTHS[width] ?? ''}`.trim();
}

/** @type {Readonly<Record<number, string>>} */
const TITLES = {
  400: 'The server cannot use this',
  401: 'The server asks for a key',
  403: 'The server does not allow this',
  404: 'There is no such model',
  409: 'There is nothing to change',
  413: 'That is too large',
  415: 'The server does not read this format',
  422: 'The model was refused',
  429: 'You have asked too often',
  500: 'The server has failed',
  502: 'The image could not be fetched',
  503: 'The server cannot take it now',
  504: 'The deadline has passed',
};

/**
 * An error as people read it. `again`: whether the same may succeed later.
 * @typedef {object} Problem
 * @property {string} title
 * @property {string} sentence
 * @property {readonly (readonly [name: string, value: string])[]} facts
 * @property {boolean} again
 */

/**
 * An error answer in the server's own shape.
 * @param {number} status
 * @param {{ error: string, code: string, retryable: boolean, request_id: string }} body
 * @param {string | null} retryAfter
 * @returns {Problem}
 */
export function refusal(status, { error, code, retryable, request_id: id }, retryAfter) {
  /** @type {[string, string][]} */
  const facts = [
    ['code', code],
    ['status', String(status)],
    ['request', id],
  ];
  if (retryAfter !== null) facts.push(['try again in', `${retryAfter} s`]);
  return { title: TITLES[status] ?? 'That did not work', sentence: error, facts, again: retryable };
}

/**
 * Whatever answered was not this server: usually a proxy before it.
 * @param {number} status
 * @returns {Problem}
 */
export const foreign = (status) => ({
  title: 'An answer that is not the server’s',
  sentence: `Something between this page and the server, a proxy perhaps, answered with ${status}, and not in the server’s words.`,
  facts: [['status', String(status)]],
  again: true,
});

/** @type {Problem} */
export const SILENCE = {
  title: 'No answer',
  sentence:
    'The server could not be reached, or the connection broke off. It may have been stopped, or the network is down.',
  facts: [],
  again: true,
};

/** @type {Problem} */
export const UNREADABLE = {
  title: 'That could not be read',
  sentence:
    'Your browser could not read this file. It may be a folder, or have been moved or changed meanwhile.',
  facts: [],
  again: true,
};

/**
 * @param {number} bytes
 * @param {number} limit
 * @returns {Problem}
 */
export const tooLarge = (bytes, limit) => ({
  title: 'That is too large',
  sentence: `The file has ${size(bytes)}; this server takes up to ${size(limit)}. It was not sent.`,
  facts: [],
  again: false,
});
