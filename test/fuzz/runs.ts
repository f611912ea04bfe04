/** How many cases a property is tried with: FUZZ_RUNS of the environment, or some thousands. */
const asked = Number(process.env['FUZZ_RUNS']);

export const RUNS = Number.isInteger(asked) && asked > 0 ? asked : 3000;
