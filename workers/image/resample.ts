/**
 * Scales and crops RGB pixels exactly as Pillow does, into memory that it owns. One WebAssembly memory holds
 * the batch, the taps, the picture between the two passes, and the source; it grows up to a maximum fixed at
 * the start and never beyond. Only the rows and columns that the crop needs are computed.
 *
 *   | unused | batch | crop | taps | spare | squashed | paired | source |
 *
 * The batch stays in place from one begin() to the next; everything behind it is laid out again for each image. A view is
 * invalid after the next call that may grow the memory: begin, room or scale.
 */
import { ServingError } from '../../src/errors.ts';
import type { Preprocess } from '../../src/thread/load.ts';
import type { Region } from './geometry.ts';
import {
  CONSTANTS,
  memoryOf,
  PAGE_BYTES,
  passesOver,
  STATIC_END,
  type Memory,
  type Passes,
} from './passes.ts';
import type { PixelFormula } from './pixel-steps.ts';
import { Plans, type Plan } from './plan.ts';
import { longestSpan, spanOf, type Taps } from './taps.ts';

/** RGB rows, one after the other without gaps. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Where the bounds and weights of one axis lie. */
interface TapsAt {
  readonly bounds: number;
  readonly weights: number;
}

/** Where the areas of one image lie. */
interface Layout {
  readonly x: TapsAt;
  readonly y: TapsAt;
  readonly out: TapsAt;
  readonly spare: number;
  /** Rows of bytes, where the vertical pass is first. */
  readonly squashed: number;
  /** Rows of pairs, which the horizontal pass writes. */
  readonly paired: number;
  readonly source: number;
}

/** Room for the decoded pixels of one image, or of a part of it. */
export interface Room {
  /** RGB rows of the region, without gaps. Invalid after the next call that may grow the memory. */
  readonly bytes: Uint8Array;
  readonly region: Region;
  readonly plan: Plan;
  readonly layout: Layout;
}

/** Pixels from outside are copied in by bands of about this size, which the second-level cache can hold. */
const BAND_BYTES = 262_144;
/** Output rows of a band where the vertical pass is first: neighbours share most of their source rows. */
const BAND_OUTPUTS = 8;
/** The horizontal pass takes so many rows at a time, also where fewer are left. */
const ROWS_AT_ONCE = 4;
/** Loads and stores run past the last byte of an area by at most this, see resample.as.ts. */
const SLACK_BYTES = 64;

export class Resampler {
  readonly #memory: Memory;
  readonly #maxBytes: number;
  readonly #passes: Passes;
  readonly #plans = new Plans();
  #bytes: Uint8Array;
  #preprocess: Preprocess = { resize: 1, crop: 1, filter: 'bicubic' };
  #cropAddress = STATIC_END;
  #tapsAddress = STATIC_END;
  /** The plan whose taps are in the memory. */
  #placed: Plan | undefined;

  /** @param maxBytes  most that the memory may ever grow to */
  constructor(maxBytes: number) {
    const maximum = Math.ceil(maxBytes / PAGE_BYTES);
    this.#maxBytes = maximum * PAGE_BYTES;
    this.#memory = memoryOf(maximum);
    this.#passes = passesOver(this.#memory);
    this.#bytes = new Uint8Array(this.#memory.buffer);
  }

  /** Where the batch begins. */
  readonly batchAddress = STATIC_END;

  /** Scratch space for one crop that is not written to the batch unchanged. */
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
    const cropAddress = align(STATIC_END + batchBytes);
    const tapsAddress = align(cropAddress + preprocess.crop ** 2 * 3 + SLACK_BYTES);
    if (tapsAddress > this.#maxBytes) {
      throw new ServingError('INTERNAL', `A batch of ${batchBytes} bytes does not fit the image memory.`);
    }
    this.#grow(tapsAddress);
    this.#preprocess = preprocess;
    this.#cropAddress = cropAddress;
    if (tapsAddress !== this.#tapsAddress) this.#placed = undefined;
    this.#tapsAddress = tapsAddress;
  }

  /** What the crop takes of a `width` x `height` image. */
  windowOf(width: number, height: number): Region {
    const { x, y } = this.#plans.of(width, height, this.#preprocess);
    return { left: x.first, top: y.first, width: x.end - x.first, height: y.end - y.first };
  }

  /**
   * Room for the pixels of a `width` x `height` image, or for a region of it that holds windowOf(): to decode into.
   * @throws ServingError IMAGE_TOO_LARGE
   */
  room(width: number, height: number, region: Region = { left: 0, top: 0, width, height }): Room {
    const plan = this.#plans.of(width, height, this.#preprocess);
    const layout = this.#layOut(plan, region.width * 3, region.height);
    const bytes = this.#bytes.subarray(layout.source, layout.source + region.width * region.height * 3);
    return { bytes, region, plan, layout };
  }

  /** Scales what was decoded into the room given last; writes crop * crop * 3 bytes to `target`. */
  scaleRoom({ region, plan, layout }: Room, target: number): void {
    const { x, y } = plan;
    const stride = region.width * 3;
    const first = layout.source + (y.first - region.top) * stride + (x.first - region.left) * 3;
    if (plan.verticalFirst) this.#squash(plan, layout, first, stride, 0, this.#preprocess.crop);
    else this.#narrow(plan, layout, first, stride, 0, y.end - y.first);
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
    const fitting = Math.max(ROWS_AT_ONCE, Math.floor(BAND_BYTES / rowBytes) & -ROWS_AT_ONCE);
    const bandRows = Math.min(fitting, y.end - y.first);
    const layout = this.#layOut(plan, rowBytes, bandRows);
    for (let row = 0; row < y.end - y.first; row += bandRows) {
      const rows = Math.min(bandRows, y.end - y.first - row);
      this.#load(pixels, x.first, rowBytes, y.first + row, rows, layout.source);
      this.#narrow(plan, layout, layout.source, rowBytes, row, rows);
    }
    this.#finish(plan, layout, target);
  }

  /** The crop at cropAddress as planes of floats, to the target. */
  planes(target: number, { divides, constants }: PixelFormula): void {
    new Float32Array(this.#memory.buffer, CONSTANTS, constants.length).set(constants);
    this.#passes.planes(this.#cropAddress, this.#preprocess.crop ** 2, target, CONSTANTS, divides ? 1 : 0);
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

  /** Horizontal pass: source rows to pairs, from `row` on, which ROWS_AT_ONCE divides. */
  #narrow({ x }: Plan, layout: Layout, source: number, stride: number, row: number, rows: number): void {
    const { crop } = this.#preprocess;
    const { bounds, weights } = layout.x;
    const target = layout.paired + (row / 2) * pairStride(crop);
    this.#passes.horizontal(source, stride, rows, target, pairStride(crop), crop, bounds, weights, x.pairs);
  }

  /** Vertical pass first: source rows to `outputs` rows, as wide as the columns needed. */
  #squash(
    { x, y }: Plan,
    layout: Layout,
    source: number,
    stride: number,
    output: number,
    outputs: number,
  ): void {
    const rowBytes = (x.end - x.first) * 3;
    const target = layout.squashed + output * rowBytes;
    const bounds = layout.y.bounds + output * 8;
    const weights = layout.y.weights + output * y.pairs * 8;
    const { spare } = layout;
    this.#passes.verticalFirst(source, stride, rowBytes, outputs, target, bounds, weights, y.pairs, spare);
  }

  /** What is left to do, by way of the rows of pairs, to the target. */
  #finish(plan: Plan, layout: Layout, target: number): void {
    const { crop } = this.#preprocess;
    if (plan.verticalFirst) {
      this.#narrow(plan, layout, layout.squashed, (plan.x.end - plan.x.first) * 3, 0, crop);
    }
    const { paired, spare } = layout;
    const { bounds, weights } = layout.out;
    const { pairs } = plan.out;
    this.#passes.vertical(paired, pairStride(crop), crop * 3, crop, target, bounds, weights, pairs, spare);
  }

  /** Lays out the memory for one image, grows it if it must, and copies the taps in where they are not yet. */
  #layOut(plan: Plan, sourceRowBytes: number, sourceRows: number): Layout {
    const { crop } = this.#preprocess;
    const { x, y, out, verticalFirst } = plan;
    let end = this.#tapsAddress;
    const area = (bytes: number): number => {
      const address = end;
      end = align(address + bytes);
      return address;
    };
    const tapsArea = ({ bounds, weights }: Taps): TapsAt => ({
      bounds: area(bounds.byteLength),
      weights: area(weights.byteLength),
    });
    const xAt = tapsArea(x);
    const yAt = tapsArea(y);
    const outAt = out === y ? yAt : tapsArea(out);
    const spare = area(SLACK_BYTES);
    const squashed = area(verticalFirst ? filled(crop) * (x.end - x.first) * 3 + SLACK_BYTES : 0);
    const pairedRows = filled(verticalFirst ? crop : y.end - y.first);
    const paired = area((pairedRows / 2) * pairStride(crop) + SLACK_BYTES);
    // Where the vertical pass is first, it takes rows in pairs.
    const source = area((filled(sourceRows) + 1) * sourceRowBytes + SLACK_BYTES);
    if (end > this.#maxBytes) {
      throw new ServingError(
        'IMAGE_TOO_LARGE',
        'The image is too large for the memory set aside to scale it.',
      );
    }
    this.#grow(end);
    if (this.#placed !== plan) {
      this.#copyTaps(x, xAt);
      this.#copyTaps(y, yAt);
      if (out !== y) this.#copyTaps(out, outAt);
      this.#placed = plan;
    }
    return { x: xAt, y: yAt, out: outAt, spare, squashed, paired, source };
  }

  #copyTaps({ bounds, weights }: Taps, at: TapsAt): void {
    this.#bytes.set(bytesOf(bounds), at.bounds);
    this.#bytes.set(bytesOf(weights), at.weights);
  }

  #grow(bytes: number): void {
    if (bytes <= this.#bytes.length) return;
    this.#memory.grow(Math.ceil((bytes - this.#bytes.length) / PAGE_BYTES));
    this.#bytes = new Uint8Array(this.#memory.buffer);
  }
}

/** From one row of pairs to the next: 12 bytes for each column, and the 4 that are written past the last. */
const pairStride = (crop: number): number => align(crop * 12 + 4);

/** Rounded up to what the horizontal pass takes. */
const filled = (rows: number): number => Math.ceil(rows / ROWS_AT_ONCE) * ROWS_AT_ONCE;

const align = (address: number): number => (address + 15) & ~15;

const bytesOf = (view: Int32Array | Int16Array): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
