/**
 * How one size of image becomes a crop: the taps of both axes, and which pass goes first. Plans are kept for the
 * sizes seen last, because clients tend to send a few sizes over and over.
 */
import type { Preprocess } from '../../src/thread/load.ts';
import { geometryOf } from './geometry.ts';
import { tapsOf, type Taps } from './taps.ts';

export interface Plan {
  readonly x: Taps;
  /** Taps of the vertical pass; if it is the second pass, every output begins at an even row. */
  readonly y: Taps;
  /** Taps of the pass that unpacks the row pairs of the horizontal pass: `y`, or the identity after a vertical first pass. */
  readonly out: Taps;
  /**
   * Pillow 13 scales very tall images vertically first (python-pillow/Pillow#9549); as the picture is rounded
   * to 8 bits between the passes, the order shows in the pixels.
   */
  readonly verticalFirst: boolean;
}

/** A plan takes 20 to 300 kB, and 0.1 ms to make. */
const PLANS_KEPT = 16;

export class Plans {
  /** Least recently used first. */
  readonly #kept = new Map<string, Plan>();

  of(width: number, height: number, preprocess: Preprocess): Plan {
    const { filter, resize, crop } = preprocess;
    const key = `${width}x${height} ${filter} ${resize} ${crop}`;
    const plan = this.#kept.get(key) ?? planOf(width, height, preprocess);
    this.#kept.delete(key);
    this.#kept.set(key, plan);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > PLANS_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return plan;
  }

  get size(): number {
    return this.#kept.size;
  }
}

function planOf(width: number, height: number, { filter, resize, crop }: Preprocess): Plan {
  const scaled = geometryOf(width, height, resize, crop);
  const verticalFirst = height > scaled.height && height - scaled.height > 2 * (width - scaled.width);
  const x = tapsOf(filter, width, scaled.width, scaled.left, crop);
  const y = tapsOf(filter, height, scaled.height, scaled.top, crop, !verticalFirst);
  // At scale 1 the bilinear filter weighs one pixel with 1 and its neighbour with 0.
  return { x, y, out: verticalFirst ? tapsOf('bilinear', crop, crop, 0, crop, true) : y, verticalFirst };
}
