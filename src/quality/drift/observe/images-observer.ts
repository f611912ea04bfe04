/** Of pictures: how they look to the model, what their files are, and how sure the answers are. */
import type { Classes, Outputs } from '../../../thread/messages.ts';
import type { ImagePayload, Payload } from '../../../thread/payload.ts';
import type { Observer, TakeRow } from './observer.ts';

export class ImagesObserver implements Observer {
  readonly numbers = [
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
  ];
  readonly classes = ['class', 'format'];
  readonly elements = 12;
  readonly #numbers = new Float64Array(this.numbers.length);
  readonly #classes = ['', ''];

  read(payload: Payload, { signals }: Classes | Outputs, take: TakeRow): void {
    if (payload.kind !== 'image' || signals === undefined) return;
    const numbers = this.#numbers;
    numbers[0] = signals.luminance;
    numbers[1] = signals.contrast;
    numbers[2] = signals.sharpness;
    numbers[3] = signals.saturation;
    numbers[4] = signals.warmth;
    fileOf(payload, numbers, 5);
    numbers[8] = signals.confidence;
    numbers[9] = signals.entropy;
    this.#classes[0] = String(signals.top);
    this.#classes[1] = payload.header.format;
    take(numbers, this.#classes);
  }
}

/** An orientation from here on shows the picture turned by a quarter. */
const TURNED = 5;

function fileOf({ header, bytes }: ImagePayload, numbers: Float64Array, at: number): void {
  const { width, height, orientation } = header;
  const pixels = width * height;
  numbers[at] = pixels / 1e6;
  numbers[at + 1] = orientation >= TURNED ? height / width : width / height;
  numbers[at + 2] = (8 * bytes.byteLength) / pixels;
}
