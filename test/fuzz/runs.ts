/**
 * How many cases a property is tried with: FUZZ_RUNS of the environment, or as many as tests usually take. A file writes the
 * number of its cases as a comment at its end, for who adds them up.
 */

const asked = Number(process.env['FUZZ_RUNS']);

let cases = 0;
process.on('exit', () => console.log(`# fuzz cases: ${cases}`));

/** For numRuns of one property. `slow`: how many times longer than others a case takes; it is tried so much less often. */
export function runs(usual: number, slow = 1): number {
  const count = Number.isInteger(asked) && asked > 0 ? Math.ceil(asked / slow) : usual;
  cases += count;
  return count;
}
