/** Which file of a log comes first: the one whose first entry has the lower number. */
import { linkedOf } from './chain.ts';
import { linesOf } from './lines.ts';

/** The number of the first whole entry; Infinity where there is none. @throws as linesOf does */
export async function firstSeqOf(file: string): Promise<number> {
  for await (const { bytes, whole } of linesOf(file)) {
    const linked = whole ? linkedOf(bytes.toString()) : undefined;
    if (linked !== undefined) return linked.seq;
  }
  return Infinity;
}
