// @ts-check
/** Rows for models that take numbers: a body to begin with, and outputs as text. Pure: no document, no network. */

/** @typedef {import('typebox').Static<typeof import('../../../protocol/v1/model-schemas.ts').Model>['versions'][number]} Version */
/** @typedef {NonNullable<Version['inputs']>[number]} Tensor */

/** Numbers of the longest row that is written out for people. */
const MOST_NUMBERS = 1024;
/** Characters of outputs that are shown. */
const MOST_CHARACTERS = 4000;

/** The shape with every open length as one. @param {Tensor} input */
const oneRow = ({ shape }) => shape.map((length) => (length < 0 ? 1 : length));

/**
 * A body with one row for each input, or undefined when it is too long to be shown, or has no form in JSON.
 * @param {readonly Tensor[]} inputs
 */
export function exampleBody(inputs) {
  const size = inputs.reduce((sum, input) => sum + oneRow(input).reduce((all, side) => all * side, 1), 0);
  if (size > MOST_NUMBERS || inputs.some(({ datatype }) => datatype === 'FP16')) return undefined;
  const lines = inputs.map(
    (input) => `    ${JSON.stringify(input.name)}: ${JSON.stringify(filled(oneRow(input), input))}`,
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
    if (input.datatype === 'BYTES') return '';
    return input.datatype.startsWith('FP') ? 0.5 : 0;
  }
  return Array.from({ length: side }, () => filled(rest, input));
}

/** Name, type and shape of the inputs, as the body has them. @param {readonly Tensor[]} inputs */
export const inputsInWords = (inputs) =>
  inputs
    .map(
      (input) =>
        `${input.name}: ${input.datatype} [${input.shape.map((length, axis) => (length >= 0 ? length : axis === 0 ? 'rows' : 'any')).join(', ')}]`,
    )
    .join('; ');

/**
 * Outputs as JSON with a line for each row, cut where it is long.
 * @param {Readonly<Record<string, unknown>>} outputs
 */
export function outputsText(outputs) {
  const members = Object.entries(outputs).map(([name, rows]) => {
    if (!Array.isArray(rows)) return `  ${JSON.stringify(name)}: ${JSON.stringify(rows)}`;
    const lines = rows.map((row) => `    ${JSON.stringify(row)}`);
    return `  ${JSON.stringify(name)}: [\n${lines.join(',\n')}\n  ]`;
  });
  const text = `{\n${members.join(',\n')}\n}`;
  if (text.length <= MOST_CHARACTERS) return text;
  return `${text.slice(0, MOST_CHARACTERS)} …\n(${MOST_CHARACTERS} of ${text.length} characters)`;
}
