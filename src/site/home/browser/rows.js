// @ts-check
/** Rows for models that take numbers: a body to begin with, and outputs as text. Pure: no document, no network. */

/** @typedef {import('typebox').Static<typeof import('../../../protocol/v1/model-schemas.ts').Model>['versions'][number]} Version */
/** @typedef {NonNullable<Version['inputs']>[number]} Tensor */

/** Numbers of the longest row that is written out for people. */
const MOST_NUMBERS = 1024;
/** Characters of outputs that are shown. */
const MOST_CHARACTERS = 4000;

/** The dimensions of one row. @param {Tensor} input */
const rowShape = ({ shape }) => shape.slice(1);

/**
 * A body with one row for each input, or undefined when the row is too long to be shown.
 * @param {readonly Tensor[]} inputs
 */
export function exampleBody(inputs) {
  const size = inputs.reduce((sum, input) => sum + rowShape(input).reduce((all, side) => all * side, 1), 0);
  if (size > MOST_NUMBERS) return undefined;
  const lines = inputs.map(
    (input) => `    ${JSON.stringify(input.name)}: [${JSON.stringify(filled(rowShape(input), input))}]`,
  );
  return `{\n  "inputs": {\n${lines.join(',\n')}\n  }\n}`;
}

/**
 * Lists of that shape. Zero is in the range of every integer type, and an index that every table has.
 * @param {readonly number[]} shape
 * @param {Tensor} input
 * @returns {unknown}
 */
function filled([side, ...rest], input) {
  if (side === undefined) {
    if (input.datatype === 'BOOL') return false;
    return input.datatype.startsWith('FP') ? 0.5 : 0;
  }
  return Array.from({ length: side }, () => filled(rest, input));
}

/** Name, type and shape of the inputs, as the body has them. @param {readonly Tensor[]} inputs */
export const inputsInWords = (inputs) =>
  inputs
    .map((input) => `${input.name}: ${input.datatype} [${['rows', ...rowShape(input)].join(', ')}]`)
    .join('; ');

/**
 * Outputs as JSON with a line for each row, cut where it is long.
 * @param {Readonly<Record<string, readonly unknown[]>>} outputs
 */
export function outputsText(outputs) {
  const members = Object.entries(outputs).map(([name, rows]) => {
    const lines = rows.map((row) => `    ${JSON.stringify(row)}`);
    return `  ${JSON.stringify(name)}: [\n${lines.join(',\n')}\n  ]`;
  });
  const text = `{\n${members.join(',\n')}\n}`;
  if (text.length <= MOST_CHARACTERS) return text;
  return `${text.slice(0, MOST_CHARACTERS)} …\n(${MOST_CHARACTERS} of ${text.length} characters)`;
}
