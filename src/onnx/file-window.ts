/**
 * A file read from front to back with a small part of it in memory: what is skipped is not read. Positions and lengths
 * are bytes.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const WINDOW_BYTES = 16 * 1024;

export class FileWindow {
  readonly size: number;
  readonly #descriptor: number;
  readonly #window = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  #start = 0;
  #length = 0;

  /** @throws Error of the file system */
  constructor(file: string) {
    this.#descriptor = openSync(file, 'r');
    this.size = fstatSync(this.#descriptor).size;
  }

  /** The byte at `position`. @throws RangeError where the file has none */
  byteAt(position: number): number {
    const offset = position - this.#start;
    return offset >= 0 && offset < this.#length ? this.#window[offset]! : this.#moveTo(position);
  }

  /** `length` bytes from `position` as UTF-8. @throws RangeError where the file has fewer, or for more than 16 KiB */
  textAt(position: number, length: number): string {
    if (position < this.#start || position + length > this.#start + this.#length) this.#fill(position);
    if (length > this.#length) throw new RangeError(`no text of ${length} bytes at byte ${position}`);
    const offset = position - this.#start;
    return this.#window.toString('utf8', offset, offset + length);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #moveTo(position: number): number {
    this.#fill(position);
    if (this.#length === 0) throw new RangeError(`the file ends before byte ${position}`);
    return this.#window[0]!;
  }

  #fill(position: number): void {
    this.#start = position;
    this.#length = readSync(this.#descriptor, this.#window, 0, WINDOW_BYTES, position);
  }
}
