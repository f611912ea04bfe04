/** "Did you mean": the known name that a misspelt one is closest to. Pure. */

/** More than two slips in five letters is another word, not a slip. */
const MAX_SLIPS_PER_LETTER = 0.4;

/** The closest of `known` to `name`, ignoring case and separators; undefined when none is close. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = bare(name);
  let nearest: string | undefined;
  let fewest = Math.floor(wanted.length * MAX_SLIPS_PER_LETTER) + 1;
  for (const candidate of known) {
    const slips = distance(wanted, bare(candidate));
    if (slips < fewest) {
      fewest = slips;
      nearest = candidate;
    }
  }
  return nearest;
}

const bare = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, '');

/** Insertions, deletions, replacements and swaps of neighbours between two words. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let slips = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) slips = Math.min(slips, (before[column - 2] ?? 0) + 1);
      current.push(slips);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
