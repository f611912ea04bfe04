/** How much memory a stored result takes, so that the cache is as large as it was told to be and not larger. */
import type { Classes, Outputs } from '../thread/messages.ts';

/** Measured: an entry with its key, its links, and the objects of a result. */
const ENTRY_BYTES = 400;
/** A class index and a probability, eight bytes each. */
const CLASS_BYTES = 16;
/** Measured: an ArrayBuffer beside its bytes, with what the allocator adds. */
const BUFFER_BYTES = 240;

export function resultBytes(result: Classes | Outputs): number {
  if (result.kind === 'classes') return ENTRY_BYTES + result.classes.length * CLASS_BYTES;
  return result.outputs.reduce((sum, { data }) => sum + BUFFER_BYTES + data.byteLength, ENTRY_BYTES);
}
