// @ts-check
/** What the server says of itself, as JSON. */

/** Longer than an answer from memory takes; the next request waits for it. */
const PATIENCE_MS = 5000;

/** @param {string} path @returns {Promise<any>} */
export async function json(path) {
  const response = await fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}.`);
  return response.json();
}
