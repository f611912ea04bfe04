/**
 * Whether BYTES data are texts that onnxruntime takes. Runs on the thread that serves everyone, on data that may have millions
 * of elements: it makes no object for an element, and takes some 10 ns for each.
 */
import { isUtf8 } from 'node:buffer';

const LENGTH_BYTES = 4;
/** Longer elements are looked at by native code. */
const SHORT = 64;

export type TextFault =
  /** A length leads beyond the end of the data. */
  | { readonly kind: 'damaged'; readonly index: number; readonly length?: number }
  /** There are more or fewer elements. */
  | { readonly kind: 'count' }
  /** The element is not UTF-8, or has a zero byte, behind which onnxruntime would lose the rest. */
  | { readonly kind: 'text'; readonly index: number };

/** The first fault of the data of `count` texts; undefined when there is none. */
export function textFault(data: Uint8Array, count: number): TextFault | undefined {
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at === data.length) return { kind: 'count' };
    if (at + LENGTH_BYTES > data.length) return { kind: 'damaged', index };
    // The last byte by multiplication: a shift would make it negative.
    const length = (data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16)) + data[at + 3]! * 2 ** 24;
    at += LENGTH_BYTES;
    const end = at + length;
    if (end > data.length) return { kind: 'damaged', index, length };
    if (!isText(data, at, end)) return { kind: 'text', index };
    at = end;
  }
  return at === data.length ? undefined : { kind: 'count' };
}

function isText(data: Uint8Array, from: number, end: number): boolean {
  if (end - from <= SHORT) {
    let at = from;
    while (at < end && data[at]! > 0 && data[at]! < 0x80) at++;
    if (at === end) return true;
  }
  const element = data.subarray(from, end);
  return isUtf8(element) && !element.includes(0);
}
