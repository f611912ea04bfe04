/**
 * Error sentences for fields of preprocess that follow the conventions of other programs: what is wrong, and what to
 * write instead. Pure.
 */

/** Names of the same fields in torchvision and Hugging Face configurations. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  size: 'resize',
  resize_size: 'resize',
  shortest_edge: 'resize',
  crop_size: 'crop',
  image_size: 'crop',
  input_size: 'crop',
  image_mean: 'mean',
  image_std: 'std',
  interpolation: 'filter',
  resample: 'filter',
};

const MEANS: Readonly<Record<string, string>> = {
  resize: 'resize (the short side after resampling)',
  crop: 'crop (the side of the square that the model takes)',
  filter: 'filter (bicubic or bilinear)',
};

/** Resampling filters by their numbers in PIL. */
const FILTER_NUMBERS: Readonly<Record<string, string>> = { 2: 'bilinear', 3: 'bicubic' };

const MAX_PIXEL = 255;

/** Our name of a field that other programs call `name`. */
export const knownElsewhere = (name: string): string | undefined => OTHER_NAMES[name];

/** The sentence for required fields that are missing. */
export const missingFields = (names: readonly string[]): string =>
  `/preprocess needs ${names.map((name) => MEANS[name] ?? name).join(' and ')}`;

/**
 * The sentence for the field that `pointer` names (`/preprocess/mean/0` is mean); undefined when the schema's own is as good.
 * `preprocess`: as it is in model.json.
 */
export function remedyOf(pointer: string, preprocess: Readonly<Record<string, unknown>>): string | undefined {
  const field = pointer.split('/')[2] ?? '';
  const value = preprocess[field];
  if (field === 'std') return channelsRemedy(field, value);
  if (field === 'mean') return channelsRemedy(field, value, isUnscaled(preprocess['std']) ? UNSCALED : '');
  if (field === 'resize' || field === 'crop') return sideRemedy(field, value);
  if (field === 'filter') return filterRemedy(value);
  return undefined;
}

/** Whether pixels only have a mean subtracted, and keep their scale of 0 to 255. */
const isUnscaled = (std: unknown): boolean =>
  std === undefined || (numbersIn(std)?.every((number) => number === 1) ?? false);
const UNSCALED = `, and set std to ${list([1, 1, 1].map(toUnit))}`;

function channelsRemedy(field: string, value: unknown, more = ''): string | undefined {
  const numbers = numbersIn(value);
  if (numbers === undefined || numbers.some((number) => number < 0)) return undefined;
  const three = numbers.length === 1 ? [...numbers, ...numbers, ...numbers] : numbers;
  const said = `/preprocess/${field} is ${JSON.stringify(value)}`;
  if (three.length !== 3) return `${said}: it needs three numbers, for red, green and blue`;
  if (three.some((number) => number > 1)) {
    const scaled = list(three.map(toUnit));
    return `${said}, for pixels from 0 to 255; here pixels are from 0 to 1, so divide by 255: ${scaled}${more}`;
  }
  return numbers.length === 1
    ? `${said}: it needs three numbers, for red, green and blue: ${list(three)}`
    : undefined;
}

function sideRemedy(field: string, value: unknown): string | undefined {
  const sides = new Set(numbersIn(value));
  if (typeof value === 'number' || sides.size === 0) return undefined;
  const said = `/preprocess/${field} is ${JSON.stringify(value)}, and has to be one number`;
  if (sides.size === 1) return `${said}: ${[...sides].join()}`;
  return field === 'crop'
    ? `${said}: images are cropped to squares`
    : `${said}: the short side, the other one follows`;
}

function filterRemedy(value: unknown): string {
  const text = String(value);
  const meant = /cubic/i.test(text) ? 'bicubic' : /linear/i.test(text) ? 'bilinear' : FILTER_NUMBERS[text];
  const hint = meant === undefined ? '' : `: write "${meant}"`;
  return `/preprocess/filter is ${JSON.stringify(value)}, and has to be "bicubic" or "bilinear"${hint}`;
}

/** The number, or the numbers of a list or object, also as text; undefined when any value is not a number. */
function numbersIn(value: unknown): number[] | undefined {
  const values: unknown[] = typeof value === 'object' && value !== null ? Object.values(value) : [value];
  const numbers = values.map((one) => (typeof one === 'string' && one.trim() !== '' ? Number(one) : one));
  const all = numbers.every((one): one is number => typeof one === 'number' && Number.isFinite(one));
  return all && numbers.length > 0 ? numbers : undefined;
}

/** From a scale of 0 to 255 to one of 0 to 1, with three significant digits. */
function toUnit(number: number): number {
  return Number((number / MAX_PIXEL).toPrecision(3));
}

function list(numbers: readonly number[]): string {
  return `[${numbers.join(', ')}]`;
}
