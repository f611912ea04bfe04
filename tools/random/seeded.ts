/** Random numbers that are the same in every run: inputs that differ from run to run would be noise of our own. */

/** Numbers from 0 up to 1, by mulberry32: 32 bits of state, quick, good enough for weights, noise and crops. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
