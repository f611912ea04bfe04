/** Elements of BYTES tensors: each with its length before it, 4 bytes, little-endian. */

const LENGTH_BYTES = 4;

/**
 * The elements, as views of `data`. Stops after `most` elements.
 * @throws RangeError when a length leads beyond the end
 */
export function elementsOfBytes(data: Uint8Array, most = Infinity): Uint8Array[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const elements: Uint8Array[] = [];
  for (let at = 0; at < data.byteLength && elements.length < most;) {
    if (at + LENGTH_BYTES > data.byteLength) throw new RangeError(beyond(elements.length));
    const length = view.getUint32(at, true);
    at += LENGTH_BYTES;
    if (at + length > data.byteLength) throw new RangeError(beyond(elements.length, length));
    elements.push(data.subarray(at, at + length));
    at += length;
  }
  return elements;
}

/** What is wrong with an element. `length`: of its bytes; undefined when that is cut off itself. */
export const beyond = (index: number, length?: number): string =>
  length === undefined
    ? `the length of element ${index} leads beyond the end of the data`
    : `the ${length} bytes of element ${index} lead beyond the end of the data`;

/** The data of a BYTES tensor with these elements. */
export function bytesOfElements(elements: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = elements.reduce((sum, { byteLength }) => sum + LENGTH_BYTES + byteLength, 0);
  const data = new Uint8Array(size);
  const view = new DataView(data.buffer);
  let at = 0;
  for (const element of elements) {
    view.setUint32(at, element.byteLength, true);
    data.set(element, at + LENGTH_BYTES);
    at += LENGTH_BYTES + element.byteLength;
  }
  return data;
}

/** Texts as UTF-8; half of a surrogate pair becomes U+FFFD. */
export function bytesOfTexts(texts: readonly string[]): Uint8Array<ArrayBuffer> {
  let size = 0;
  for (const text of texts) size += LENGTH_BYTES + Buffer.byteLength(text);
  const data = Buffer.from(new ArrayBuffer(size));
  let at = 0;
  for (const text of texts) {
    const length = data.write(text, at + LENGTH_BYTES);
    at = data.writeUInt32LE(length, at) + length;
  }
  return new Uint8Array(data.buffer);
}

/** UTF-8 as texts. @throws RangeError as elementsOfBytes does */
export const textsOf = (data: Uint8Array): string[] =>
  elementsOfBytes(data).map((element) =>
    Buffer.from(element.buffer, element.byteOffset, element.byteLength).toString(),
  );
