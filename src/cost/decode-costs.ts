/**
 * Predicts how long an image takes to decode, scale and crop, from its kind, pixels and bytes: a linear model with three
 * weights per kind, which starts from fixed figures and is updated with every image by normalised least mean squares
 * (Widrow and Hoff 1960, Nagumo and Noda 1967).
 */
import type { ImageHeader } from '../image/header.ts';

/** Milliseconds per image, per megapixel and per megabyte. */
type Weights = [number, number, number];

/**
 * Rough figures from one core of a server of 2023. They keep a first photograph of 12 megapixels from being predicted like
 * one of 0.2. `fast`: JPEGs decoded by libjpeg-turbo; `reduced`: the same at a reduced size; others are decoded by sharp.
 */
const FIRST_GUESS = {
  fast: [0.3, 2.5, 4],
  reduced: [1, 2.2, 2],
  jpeg: [1.5, 12, 5],
  png: [3, 30, 1],
  webp: [3, 30, 5],
} as const satisfies Record<string, Readonly<Weights>>;

type Kind = keyof typeof FIRST_GUESS;

/** Progressive JPEGs with more pixels are decoded by sharp. */
const LARGE_PIXELS = 2_000_000;

/** Step size: the share of the error that one image corrects. */
const STEP = 0.1;

export class DecodeCosts {
  readonly #resize: number;
  readonly #weights: Record<Kind, Weights>;
  #typicalMs: number;

  /** `resize`: short side in pixels that the model scales to; decides which images are decoded at a reduced size. */
  constructor(resize: number) {
    this.#resize = resize;
    this.#weights = structuredClone(FIRST_GUESS) as unknown as Record<Kind, Weights>;
    this.#typicalMs = FIRST_GUESS.fast[0] + FIRST_GUESS.fast[1] * 0.2;
  }

  /** Recent mean milliseconds per image; used before the header of an image is known. */
  get typicalMs(): number {
    return this.#typicalMs;
  }

  /** Predicted milliseconds of an image. `bytes`: of its file. */
  meanMs(header: ImageHeader, bytes: number): number {
    const weights = this.#weights[this.#kindOf(header)];
    return weights[0] + weights[1] * megapixels(header) + weights[2] * megabytes(bytes);
  }

  observe(header: ImageHeader, bytes: number, ms: number): void {
    const weights = this.#weights[this.#kindOf(header)];
    const pixels = megapixels(header);
    const size = megabytes(bytes);
    const step = (STEP * (ms - this.meanMs(header, bytes))) / (1 + pixels * pixels + size * size);
    weights[0] = Math.max(0, weights[0] + step);
    weights[1] = Math.max(0, weights[1] + step * pixels);
    weights[2] = Math.max(0, weights[2] + step * size);
    this.#typicalMs += STEP * (ms - this.#typicalMs);
  }

  /** Approximates the decoder that workers/image chooses. Where it is wrong, the weights average over both decoders. */
  #kindOf({ format, fast, progressive, width, height }: ImageHeader): Kind {
    if (format !== 'jpeg') return format;
    if (!fast || (progressive && width * height > LARGE_PIXELS)) return 'jpeg';
    return Math.min(width, height) / 2 >= 2 * this.#resize ? 'reduced' : 'fast';
  }
}

const megapixels = ({ width, height }: ImageHeader): number => (width * height) / 1e6;
const megabytes = (bytes: number): number => bytes / 1e6;
