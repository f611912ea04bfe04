/**
 * Encoded images to rows of a batch tensor: decode, scale, crop, normalise. One per worker, used by one task at a
 * time. A failure is a value and concerns one row: other rows and later batches are not affected.
 *
 * Which decoder takes what:
 * - jpeg-turbo, synchronously: ordinary JPEGs, and only the part that the crop needs. With `turbo` also JPEGs of at least
 *   four times the target's side, at a half, a quarter or an eighth of their size; large progressive ones go to sharp,
 *   which reduces them too.
 * - sharp: all other images, all pixels.
 * If the image is not reduced (with `exact` it never is), the pixels are Pillow's, except for CMYK and grey of 16 bits
 * (docs/decisions/0003-exact-means-pillow-13.md). sharp's pixels pass through the resampler in bands, so the
 * resampler's memory does not grow with them; they take 3 bytes each elsewhere, 150 MB at 50 Mpx.
 */
import { ServingError, type Failure } from '../../src/errors.ts';
import type { ImageHeader } from '../../src/image/header.ts';
import type { Decoder, Preprocess } from '../../src/thread/load.ts';
import type { PixelSignals } from '../../src/thread/messages.ts';
import {
  bytesPerRow,
  elementsPerRow,
  viewOf,
  type TensorSpec,
  type TensorView,
} from '../../src/tensor/tensor.ts';
import { normaliserOf, type Normalise } from './normalise.ts';
import { formulaOf, stepsOf, type PixelFormula, type PixelSteps } from './pixel-steps.ts';
import { Resampler } from './resample.ts';
import { sanitise } from './sanitise.ts';
import { pixelSignals } from './signals.ts';
import { hasTooManyScans, MAX_SCANS } from './scans.ts';
import { decodeScaled, decodeWhole, failureOfSharp } from './sharp-decoder.ts';
import { reductionOf, regionOf, Turbo } from './turbo.ts';

export interface ImageStageOptions {
  readonly decoder: Decoder;
  readonly maxImagePixels: number;
  /** Largest batch tensor that begin() accepts, in bytes. */
  readonly maxBatchBytes?: number;
}

/** 400 rows of 3 x 224 x 224 floats. Memory is only taken when a batch needs it. */
const MAX_BATCH_BYTES = 256 * 1024 * 1024;

/**
 * For one image beside the batch: 6 MB of pixels on the fast path, or a band; taps; the rows between the passes, which
 * take most: sqrt(50 Mpx) rows of 6 x 1024 bytes are 43 MB. The memory does not shrink: it is about 10 MB after an image
 * of 50 Mpx for a crop of 224.
 */
const IMAGE_BYTES = 64 * 1024 * 1024;

/** Is told what the pixels of a row look like. */
type Looked = (signals: PixelSignals) => void;

/** One batch's destination. */
interface Target {
  readonly input: TensorSpec;
  readonly preprocess: Preprocess;
  readonly steps: PixelSteps | undefined;
  /** Undefined where the crop is a row already. */
  readonly normalise: Normalise | undefined;
  /** Of planes of floats: the same, faster. */
  readonly formula: PixelFormula | undefined;
  readonly rowBytes: number;
  readonly rowElements: number;
}

export class ImageStage {
  readonly #options: ImageStageOptions;
  readonly #resampler: Resampler;
  readonly #turbo: Turbo | undefined;
  #target: Target | undefined;

  private constructor(options: ImageStageOptions, turbo: Turbo | undefined) {
    this.#options = options;
    this.#turbo = turbo;
    this.#resampler = new Resampler((options.maxBatchBytes ?? MAX_BATCH_BYTES) + IMAGE_BYTES);
  }

  static async create(options: ImageStageOptions): Promise<ImageStage> {
    return new ImageStage(options, await Turbo.open());
  }

  /**
   * Makes room for a batch of `rows` rows as `input` declares them; call it before the first place() of a batch. `steps`: what
   * becomes of the pixels for a float input, where it is not as `preprocess` says.
   * @throws ServingError INTERNAL for an input that is no image, a crop larger than the resize, or a batch too large
   */
  begin(rows: number, input: TensorSpec, preprocess: Preprocess, steps?: PixelSteps): void {
    if (preprocess.crop > preprocess.resize || preprocess.crop < 1) {
      throw new ServingError('INTERNAL', 'A model crops to between 1 pixel and the size that it resizes to.');
    }
    // Batches of one model version carry the same objects: the tables can be kept.
    const kept = this.#target;
    if (kept?.input !== input || kept.preprocess !== preprocess || kept.steps !== steps) {
      const own = steps ?? stepsOf(preprocess);
      const planar = input.datatype === 'FP32' && input.shape[0] === 3;
      this.#target = {
        input,
        preprocess,
        steps,
        normalise: normaliserOf(input, preprocess, own),
        formula: planar ? formulaOf(own) : undefined,
        rowBytes: bytesPerRow(input),
        rowElements: elementsPerRow(input),
      };
    }
    this.#resampler.begin(rows * this.#begun().rowBytes, preprocess);
  }

  /**
   * Decodes, resamples and normalises one image into row `row`. Undefined when it worked. Never throws and never
   * rejects. Without a promise on the fast path; with one, `bytes` must stay as they are until it settles. `looked`: called
   * with what the pixels look like, before they are sanitised.
   */
  place(
    row: number,
    bytes: Uint8Array,
    header: ImageHeader,
    looked?: Looked,
  ): Failure | undefined | Promise<Failure | undefined> {
    try {
      if (header.width * header.height > this.#options.maxImagePixels) {
        return { code: 'IMAGE_TOO_LARGE', detail: 'The image has more pixels than the server decodes.' };
      }
      const target = this.#begun();
      if (this.#placeFast(target, row, bytes, header)) return this.#finish(target, row, looked);
      // The fast decoder has this limit built in.
      if (header.format === 'jpeg' && hasTooManyScans(bytes)) {
        return {
          code: 'UNSUPPORTED_IMAGE',
          detail: `JPEGs of more than ${MAX_SCANS} scans are not served; encoders write about 10.`,
        };
      }
      return this.#placeSlowly(target, row, bytes, header, looked);
    } catch (error) {
      return failureOf(error);
    }
  }

  /** The first `rows` rows as one array over the stage's own memory; valid until the next begin() or place(). */
  batch(rows: number): TensorView {
    const { input, rowElements } = this.#begun();
    const { buffer, batchAddress } = this.#resampler;
    return viewOf(input.datatype, buffer, batchAddress, rows * rowElements);
  }

  #begun(): Target {
    if (this.#target === undefined) throw new ServingError('INTERNAL', 'The image stage has no batch.');
    return this.#target;
  }

  #placeFast(target: Target, row: number, bytes: Uint8Array, header: ImageHeader): boolean {
    const reduction = reductionOf(header, target.preprocess.resize, this.#options.decoder);
    if (this.#turbo === undefined || reduction === undefined) return false;
    const width = Math.ceil(header.width / reduction);
    const height = Math.ceil(header.height / reduction);
    const region = regionOf(bytes, width, height, this.#resampler.windowOf(width, height));
    const room = this.#resampler.room(width, height, region);
    if (!this.#turbo.decode(bytes, header, reduction, region, room.bytes)) return false;
    this.#resampler.scaleRoom(room, this.#cropAddress(target, row));
    return true;
  }

  async #placeSlowly(
    target: Target,
    row: number,
    bytes: Uint8Array,
    header: ImageHeader,
    looked?: Looked,
  ): Promise<Failure | undefined> {
    const { maxImagePixels } = this.#options;
    let pixels;
    try {
      pixels = this.#reduces(target, header)
        ? await decodeScaled(bytes, header, maxImagePixels, target.preprocess)
        : await decodeWhole(bytes, header, maxImagePixels);
    } catch (error) {
      return failureOfSharp(error, bytes, header);
    }
    try {
      this.#resampler.scale(pixels, this.#cropAddress(target, row));
      return await this.#finish(target, row, looked);
    } catch (error) {
      return failureOf(error);
    }
  }

  /** Decoding at a reduced size pays for JPEGs only. */
  #reduces({ preprocess }: Target, { format, width, height }: ImageHeader): boolean {
    const large = Math.min(width, height) >= 2 * preprocess.resize;
    return this.#options.decoder === 'turbo' && format === 'jpeg' && large;
  }

  /** Where the scaled crop goes: into the batch if it is a row already, else beside it. */
  #cropAddress({ normalise, rowBytes }: Target, row: number): number {
    const { batchAddress, cropAddress } = this.#resampler;
    return normalise === undefined ? batchAddress + row * rowBytes : cropAddress;
  }

  /** The crop is where cropAddress() says: what is left is to sanitise and to normalise it. */
  #finish(target: Target, row: number, looked?: Looked): undefined | Promise<Failure | undefined> {
    const { sanitise: how, crop } = target.preprocess;
    looked?.(pixelSignals(this.#cropOf(target, row), crop));
    const done = how === undefined ? undefined : sanitise(this.#cropOf(target, row), crop, how);
    if (done === undefined) {
      this.#normalise(target, row);
      return undefined;
    }
    return done.then(() => this.#normalise(target, row)).then(() => undefined, failureOf);
  }

  #cropOf(target: Target, row: number): Uint8Array {
    return new Uint8Array(
      this.#resampler.buffer,
      this.#cropAddress(target, row),
      target.preprocess.crop ** 2 * 3,
    );
  }

  #normalise({ normalise, formula, input, preprocess, rowBytes, rowElements }: Target, row: number): void {
    if (normalise === undefined) return;
    const { buffer, batchAddress, cropAddress } = this.#resampler;
    if (formula !== undefined) return this.#resampler.planes(batchAddress + row * rowBytes, formula);
    const pixels = new Uint8Array(buffer, cropAddress, preprocess.crop ** 2 * 3);
    const values = viewOf(input.datatype, buffer, batchAddress + row * rowBytes, rowElements);
    normalise(pixels, values as Uint8Array | Float32Array);
  }
}

const failureOf = (error: unknown): Failure =>
  error instanceof ServingError
    ? { code: error.code, detail: error.message }
    : { code: 'INTERNAL', detail: 'The image could not be prepared.' };
