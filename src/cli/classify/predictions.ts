/** Predictions as a person reads them: a line a class, with a bar. Pure. */
import { styleText } from 'node:util';
import { printable } from '../table.ts';

/** One image and what the model says of it; the fields are those of POST /v1/predict. */
export interface Classified {
  readonly model: { readonly name: string; readonly version: string };
  readonly predictions: readonly {
    readonly class_id: number;
    readonly label?: string;
    readonly probability: number;
  }[];
}

export interface Looks {
  readonly colour: boolean;
  readonly unicode: boolean;
}

const BAR_CELLS = 24;
/** A cell filled by eighths, from none to all. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

export function predictionLines(image: string, { model, predictions }: Classified, looks: Looks): string[] {
  const names = predictions.map(({ class_id, label }) => printable(label ?? `class ${class_id}`));
  const width = Math.max(0, ...names.map((name) => name.length));
  const head = `${printable(image)}  (${printable(model.name)}, version ${printable(model.version)})`;
  const lines = predictions.map(({ probability }, index) => {
    const percent = `${(probability * 100).toFixed(1)} %`.padStart(7);
    const drawn = bar(probability, looks.unicode);
    return `  ${(names[index] ?? '').padEnd(width)}  ${percent}  ${paint('cyan', drawn, looks)}`.trimEnd();
  });
  return [paint('bold', head, looks), ...lines];
}

/** A bar of at most BAR_CELLS. */
export function bar(share: number, unicode: boolean): string {
  const steps = unicode ? 8 : 1;
  const length = Math.round(Math.min(1, Math.max(0, share)) * BAR_CELLS * steps);
  if (!unicode) return '#'.repeat(length);
  return '█'.repeat(Math.floor(length / steps)) + EIGHTHS[length % steps];
}

const paint = (style: 'bold' | 'cyan', text: string, { colour }: Looks): string =>
  colour ? styleText(style, text, { validateStream: false }) : text;
