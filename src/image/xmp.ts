/** Reads the orientation from XMP as Pillow does: a search for the name, without parsing the XML. */

const NAME = 'tiff:Orientation';

/** Bound of the search. Real blocks contain the name once or twice. */
const MAX_NAMES = 100;

/**
 * The first orientation in the text from `from` to `end` (offsets in `bytes`), as an attribute or an element. Undefined if
 * there is none from 1 to 8.
 */
export function xmpOrientation(bytes: Uint8Array, from: number, end: number): number | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from);
  let at = text.indexOf(NAME, 0, 'latin1');
  for (let names = 0; at !== -1 && names < MAX_NAMES; names++) {
    at += NAME.length;
    const [first = 0, second = 0, third = 0] = text.subarray(at, at + 3);
    const digit = first === 0x3e ? second : first === 0x3d && second === 0x22 ? third : 0; // >6 or ="6
    if (digit >= 0x30 && digit <= 0x39) return digit >= 0x31 && digit <= 0x38 ? digit - 0x30 : undefined;
    at = text.indexOf(NAME, at, 'latin1');
  }
  return undefined;
}
