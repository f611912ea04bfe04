/**
 * How long an image takes to decode, scale and crop, by its kind, pixels and bytes. It begins with figures for
 * each kind and learns from every image: three weights a kind, corrected in proportion to what each contributed
 * (normalised least mean squares; Widrow and Hoff 1960, Nagumo and Noda 1967).
 */
import type { ImageHeader } from '../image/header.ts';

/** Milliseconds: for any image, for each megapixel, for each megabyte. */
type Weights = [number, number, number];

/**
 * Rough, from one core of a server of 2023; what matters is that a photograph of 12 megapixels is not taken for one
 * of 0.2 before the first has been seen. `fast`: JPEGs by libjpeg-turbo; `reduced`: the same at a reduced size; the rest is sharp's.
 */
const FIRST_GUESS = {
  fast: [0.3, 2.5, 4],
  reduced: [1, 2.2, 2],
  jpeg: [1.5, 12, 5],
  png: [3, 30, 1],
  webp: [3, 30, 5],
} as const satisfies Record<string, Readonly<Weights>>;

type Kind = keyof typeof FIRST_GUESS;

/** A progressive JPEG beyond this goes to sharp. */
const LARGE_PIXELS = 2_000_000;

/** Share of an error that one image corrects. */
const STEP = 0.1;

export class DecodeCosts {
  readonly #resize: number;
  readonly #weights: Record<Kind, Weights>;
  #typicalMs: number;

  /** `resize`: the short side that the model scales to; it decides which images are decoded at a reduced size. */
  constructor(resize: number) {
    this.#resize = resize;
    this.#weights = structuredClone(FIRST_GUESS) as unknown as Record<Kind, Weights>;
    this.#typicalMs = FIRST_GUESS.fast[0] + FIRST_GUESS.fast[1] * 0.2;
  }

  /** What images have cost lately, for one of which nothing is known yet. */
  get typicalMs(): number {
    return this.#typicalMs;
  }

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

  /** Roughly as workers/image chooses; an image that goes another way than its kind is one that the weights average over. */
  #kindOf({ format, fast, progressive, width, height }: ImageHeader): Kind {
    if (format !== 'jpeg') return format;
    if (!fast || (progressive && width * height > LARGE_PIXELS)) return 'jpeg';
    return Math.min(width, height) / 2 >= 2 * this.#resize ? 'reduced' : 'fast';
  }
}

const megapixels = ({ width, height }: ImageHeader): number => (width * height) / 1e6;
const megabytes = (bytes: number): number => bytes / 1e6;
