/** The same as a file window, of bytes in memory. */
export class ByteWindow {
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get size(): number {
    return this.#bytes.length;
  }

  /** The byte at `position`. @throws RangeError where there is none */
  byteAt(position: number): number {
    const byte = this.#bytes[position];
    if (byte === undefined) throw new RangeError(`the file ends before byte ${position}`);
    return byte;
  }

  /** `length` bytes from `position` as UTF-8. @throws RangeError where there are fewer */
  textAt(position: number, length: number): string {
    if (position + length > this.#bytes.length)
      throw new RangeError(`no text of ${length} bytes at byte ${position}`);
    return this.#bytes.toString('utf8', position, position + length);
  }

  close(): void {}
}
