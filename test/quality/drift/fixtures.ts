/** Rows that look like those of photographs: ten numbers and two classes, drawn with a seed. */
import { Gathering, referenceOf } from '../../../src/quality/drift/baseline/gathering.ts';
import { seeded, type Random } from '../../../src/quality/drift/null/random.ts';
import type { Reference } from '../../../src/repository/drift/schema.ts';

export const NAMES = {
  numbers: [
    'luminance',
    'contrast',
    'sharpness',
    'saturation',
    'warmth',
    'megapixels',
    'aspect',
    'bits_per_pixel',
    'confidence',
    'entropy',
  ],
  classes: ['class', 'format'],
};

/** Shapes of distributions: two that lean, one that is constant, two with few values. */
export class Rows {
  readonly numbers = new Float64Array(NAMES.numbers.length);
  readonly classes = ['', ''];
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  /** The next row, in the same memory. */
  draw(): this {
    const random = this.#random;
    for (let index = 0; index < 5; index++) this.numbers[index] = random() + random() + random();
    this.numbers[5] = random() < 0.5 ? 0.3 : 12;
    this.numbers[6] = random() < 0.7 ? 4 / 3 : 3 / 4;
    this.numbers[7] = 1 / (0.1 + random());
    this.numbers[8] = random() ** 0.2;
    this.numbers[9] = -Math.log(1 - random());
    // Of a thousand classes, the first are the most frequent.
    this.classes[0] = String(Math.floor(1000 * random() ** 4));
    this.classes[1] = random() < 0.95 ? 'jpeg' : 'png';
    return this;
  }
}

export const HEAD = {
  model: 'm',
  version: '1',
  digest: 'ab'.repeat(32),
  settings: { softmax: true },
  made: '2026-12-01T09:30:00.000Z',
  from: 'traffic',
  window: 500,
  falseAlarmEvery: 1000,
} as const;

export function madeReference(rows: Rows, count = 2000, head: Partial<Reference> = {}): Reference {
  const gathering = new Gathering(NAMES);
  for (let row = 0; row < count; row++) {
    const { numbers, classes } = rows.draw();
    gathering.add(numbers, classes);
  }
  return referenceOf(gathering.gathered, { ...HEAD, ...head });
}
