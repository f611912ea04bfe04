/**
 * Scales and crops RGB pixels exactly as Pillow does, into memory that it owns. One WebAssembly memory holds
 * the batch, the taps, the picture between the two passes, and the source; it grows up to a maximum fixed at
 * the start and never beyond. Only the rows and columns that the crop needs are computed.
 *
 *   | unused | batch | crop | taps of x and y | spare | intermediate | source |
 *
 * The batch keeps its place from one begin() to the next; all behind it is laid out anew for each image. Any
 * view handed out is dead after the next call that may grow the memory: begin, source or scale.
 */
import { readFileSync } from 'node:fs';
import { ServingError } from '../../src/errors.ts';
import type { Preprocess } from '../../src/messages.ts';
import { Plans, type Plan } from './plan.ts';
import { longestSpan, spanOf } from './taps.ts';

/** RGB rows, one after the other without gaps. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Neither lib.es2024 nor @types/node declares it. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number }) => {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** What resample.as.ts exports; its comments say what the numbers are. */
type Pass = (...numbers: readonly number[]) => void;
interface Passes {
  readonly horizontal: Pass;
  readonly vertical: Pass;
}

/** Where the areas of one image lie. */
interface Layout {
  readonly xBounds: number;
  readonly xWeights: number;
  readonly yBounds: number;
  readonly yWeights: number;
  readonly spare: number;
  readonly intermediate: number;
  readonly source: number;
}

const PAGE_BYTES = 65_536;
/** The compiler keeps static data, of which there is none, at 1024; address 0 stays out of use. */
const BATCH_ADDRESS = 1024;
/** Pixels from outside are copied in by bands of about this size, which the second-level cache can hold. */
const BAND_BYTES = 262_144;
/** Output rows of a band where the vertical pass is first: neighbours share most of their source rows. */
const BAND_OUTPUTS = 8;
/** Loads run past the last byte of an area by less than this, see resample.as.ts. */
const SLACK_BYTES = 16;

export class Resampler {
  readonly #memory: InstanceType<typeof WebAssembly.Memory>;
  readonly #maxBytes: number;
  readonly #passes: Passes;
  readonly #plans = new Plans();
  #bytes: Uint8Array;
  #preprocess: Preprocess = { resize: 1, crop: 1, filter: 'bicubic' };
  #cropAddress = BATCH_ADDRESS;
  #tapsAddress = BATCH_ADDRESS;

  /** @param maxBytes  most that the memory may ever grow to */
  constructor(maxBytes: number) {
    const maximum = Math.ceil(maxBytes / PAGE_BYTES);
    this.#maxBytes = maximum * PAGE_BYTES;
    this.#memory = new WebAssembly.Memory({ initial: 1, maximum });
    const module = new WebAssembly.Module(readFileSync(new URL('./resample.wasm', import.meta.url)));
    const instance = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    this.#passes = instance.exports as Passes;
    this.#bytes = new Uint8Array(this.#memory.buffer);
  }

  /** Where the batch begins. */
  readonly batchAddress = BATCH_ADDRESS;

  /** A place for one crop, for whoever does not want it in the batch as it is. */
  get cropAddress(): number {
    return this.#cropAddress;
  }

  /** The memory as it is now. */
  get buffer(): ArrayBuffer {
    return this.#memory.buffer;
  }

  /**
   * Makes room for a batch of `batchBytes` and sets what is done to its images.
   * @throws ServingError INTERNAL when the maximum does not allow it.
   */
  begin(batchBytes: number, preprocess: Preprocess): void {
    const cropAddress = align(BATCH_ADDRESS + batchBytes);
    const tapsAddress = align(cropAddress + preprocess.crop ** 2 * 3 + SLACK_BYTES);
    if (tapsAddress > this.#maxBytes) {
      throw new ServingError('INTERNAL', `A batch of ${batchBytes} bytes does not fit the image memory.`);
    }
    this.#grow(tapsAddress);
    this.#preprocess = preprocess;
    this.#cropAddress = cropAddress;
    this.#tapsAddress = tapsAddress;
  }

  /**
   * Room for the pixels of a whole image, to decode into; scaleSource() takes them from there.
   * @throws ServingError IMAGE_TOO_LARGE
   */
  source(width: number, height: number): Buffer {
    const layout = this.#layOut(this.#plans.of(width, height, this.#preprocess), width * 3, height);
    return Buffer.from(this.buffer, layout.source, width * height * 3);
  }

  /** Scales the image last decoded into source(), of the same size; writes crop * crop * 3 bytes to `target`. */
  scaleSource(width: number, height: number, target: number): void {
    const plan = this.#plans.of(width, height, this.#preprocess);
    const { x, y } = plan;
    const layout = this.#layOut(plan, width * 3, height);
    const first = layout.source + (y.first * width + x.first) * 3;
    if (plan.verticalFirst) this.#squash(plan, layout, first, width * 3, 0, this.#preprocess.crop);
    else this.#narrow(plan, layout, first, width * 3, 0, y.end - y.first);
    this.#finish(plan, layout, target);
  }

  /**
   * The same for pixels that lie elsewhere and may be many times larger than this memory.
   * @throws ServingError IMAGE_TOO_LARGE
   */
  scale(pixels: Pixels, target: number): void {
    const plan = this.#plans.of(pixels.width, pixels.height, this.#preprocess);
    const { x, y } = plan;
    const rowBytes = (x.end - x.first) * 3;
    if (plan.verticalFirst) {
      const layout = this.#layOut(plan, rowBytes, longestSpan(y, BAND_OUTPUTS));
      for (let output = 0; output < this.#preprocess.crop; output += BAND_OUTPUTS) {
        const outputs = Math.min(BAND_OUTPUTS, this.#preprocess.crop - output);
        const { from, to } = spanOf(y, output, outputs);
        this.#load(pixels, x.first, rowBytes, y.first + from, to - from, layout.source);
        this.#squash(plan, layout, layout.source - from * rowBytes, rowBytes, output, outputs);
      }
      this.#finish(plan, layout, target);
      return;
    }
    const bandRows = Math.min(Math.max(1, Math.floor(BAND_BYTES / rowBytes)), y.end - y.first);
    const layout = this.#layOut(plan, rowBytes, bandRows);
    for (let row = 0; row < y.end - y.first; row += bandRows) {
      const rows = Math.min(bandRows, y.end - y.first - row);
      this.#load(pixels, x.first, rowBytes, y.first + row, rows, layout.source);
      this.#narrow(plan, layout, layout.source, rowBytes, row, rows);
    }
    this.#finish(plan, layout, target);
  }

  /** Copies the columns that the crop needs of some source rows. */
  #load(
    { data, width }: Pixels,
    column: number,
    rowBytes: number,
    row: number,
    rows: number,
    to: number,
  ): void {
    for (let i = 0; i < rows; i++) {
      const from = ((row + i) * width + column) * 3;
      this.#bytes.set(data.subarray(from, from + rowBytes), to + i * rowBytes);
    }
  }

  /** Horizontal pass first: source rows to intermediate rows from `row` on. */
  #narrow({ x }: Plan, layout: Layout, source: number, stride: number, row: number, rows: number): void {
    const { crop } = this.#preprocess;
    const { intermediate, xBounds, xWeights } = layout;
    const target = intermediate + row * align(crop * 3);
    this.#passes.horizontal(source, stride, rows, target, align(crop * 3), crop, xBounds, xWeights, x.pairs);
  }

  /** Vertical pass first: source rows to `outputs` intermediate rows, as wide as the columns needed. */
  #squash(
    { x, y }: Plan,
    layout: Layout,
    source: number,
    stride: number,
    output: number,
    outputs: number,
  ): void {
    const rowBytes = (x.end - x.first) * 3;
    const target = layout.intermediate + output * rowBytes;
    const bounds = layout.yBounds + output * 8;
    const weights = layout.yWeights + output * y.pairs * 8;
    const { spare } = layout;
    this.#passes.vertical(source, stride, rowBytes, outputs, target, bounds, weights, y.pairs, spare);
  }

  /** The other pass, from the intermediate picture to the target. */
  #finish({ x, y, verticalFirst }: Plan, layout: Layout, target: number): void {
    const { crop } = this.#preprocess;
    const rowBytes = crop * 3;
    const { intermediate, xBounds, xWeights, yBounds, yWeights, spare } = layout;
    if (!verticalFirst) {
      const stride = align(rowBytes);
      this.#passes.vertical(intermediate, stride, rowBytes, crop, target, yBounds, yWeights, y.pairs, spare);
      return;
    }
    // By way of the crop area: this pass writes one byte more, which in the batch is the next image's.
    const stride = (x.end - x.first) * 3;
    const area = this.#cropAddress;
    this.#passes.horizontal(intermediate, stride, crop, area, rowBytes, crop, xBounds, xWeights, x.pairs);
    if (target !== area) this.#bytes.copyWithin(target, area, area + crop * rowBytes);
  }

  /** Lays out the memory for one image, grows it if it must, and copies the taps in. */
  #layOut({ x, y, verticalFirst }: Plan, sourceRowBytes: number, sourceRows: number): Layout {
    const { crop } = this.#preprocess;
    const xBounds = this.#tapsAddress;
    const xWeights = align(xBounds + x.bounds.byteLength);
    const yBounds = align(xWeights + x.weights.byteLength);
    const yWeights = align(yBounds + y.bounds.byteLength);
    const spare = align(yWeights + y.weights.byteLength);
    const intermediate = spare + SLACK_BYTES;
    // One row more than there are: the vertical pass takes rows in pairs.
    const intermediateBytes = verticalFirst
      ? crop * (x.end - x.first) * 3
      : (y.end - y.first + 1) * align(crop * 3);
    const source = align(intermediate + intermediateBytes + SLACK_BYTES);
    const end = source + (sourceRows + 1) * sourceRowBytes + SLACK_BYTES;
    if (end > this.#maxBytes) {
      throw new ServingError(
        'IMAGE_TOO_LARGE',
        'The image is too large for the memory set aside to scale it.',
      );
    }
    this.#grow(end);
    this.#bytes.set(bytesOf(x.bounds), xBounds);
    this.#bytes.set(bytesOf(x.weights), xWeights);
    this.#bytes.set(bytesOf(y.bounds), yBounds);
    this.#bytes.set(bytesOf(y.weights), yWeights);
    return { xBounds, xWeights, yBounds, yWeights, spare, intermediate, source };
  }

  #grow(bytes: number): void {
    if (bytes <= this.#bytes.length) return;
    this.#memory.grow(Math.ceil((bytes - this.#bytes.length) / PAGE_BYTES));
    this.#bytes = new Uint8Array(this.#memory.buffer);
  }
}

const align = (address: number): number => (address + 15) & ~15;

const bytesOf = (view: Int32Array | Int16Array): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
