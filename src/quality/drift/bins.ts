/**
 * Fixed bins of a number: their edges are quantiles of the reference, and never change with what is compared, so that the
 * counts of replicas and of windows add up. Pure.
 *
 * Bin i has the values above edge i - 1 up to edge i; the last has those above all edges. After it comes one for what is
 * no number.
 */

/** Edges ascend strictly. Counts: of each bin, then of what is no number; one more than edges plus one. */
export interface Bins {
  readonly edges: Float64Array;
  readonly counts: Float64Array;
}

/** With fewer values a bin would hold a handful. */
const MANY = 1000;

/** Bins of about equal share; a value that many share has one of its own. `values`: sorted in place. */
export function binsOf(values: Float64Array): Bins {
  values.sort(); // What is no number comes last.
  let numbers = values.length;
  while (numbers > 0 && Number.isNaN(values[numbers - 1])) numbers--;
  const wanted = numbers >= MANY ? 20 : 10;
  const edges: number[] = [];
  const add = (edge: number): void => {
    // JSON has no infinity; values there are in the first and the last bin without an edge.
    if (Number.isFinite(edge) && (edges.length === 0 || edge > edges.at(-1)!)) edges.push(edge);
  };
  for (let at = 1; at < wanted && numbers > 0; at++) {
    const place = Math.floor((at * numbers) / wanted);
    const value = values[place - 1] ?? values[0]!;
    // A value that reaches over a whole bin is one that rows share: 0, a constant, a count.
    const shared = values[Math.min(numbers - 1, place - 1 + Math.floor(numbers / wanted))] === value;
    if (shared) add(below(value));
    add(value);
  }
  return { edges: Float64Array.from(edges), counts: countsOf(Float64Array.from(edges), values) };
}

function countsOf(edges: Float64Array, values: Float64Array): Float64Array {
  const counts = new Float64Array(edges.length + 2);
  for (const value of values) counts[binOf(edges, value)]!++;
  return counts;
}

/** The bin of a value, by halving: five steps for twenty. */
export function binOf(edges: Float64Array, value: number): number {
  if (Number.isNaN(value)) return edges.length + 1;
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

const bits = new BigInt64Array(1);
const double = new Float64Array(bits.buffer);

/** The next smaller double. */
function below(value: number): number {
  if (value === 0) return -Number.MIN_VALUE;
  if (value === -Infinity) return value;
  double[0] = value;
  bits[0]! += value > 0 ? -1n : 1n;
  return double[0];
}
