/**
 * A JSON text as a value, with integers of 64 bits where they are asked for: JSON.parse rounds them beyond 2^53. Parsing them
 * exactly takes twenty times as long, so it is done only when an input of 64-bit integers has such a number.
 */
import { ServingError } from '../../../../errors.ts';
import { parseJson, type Reviver } from '../../../json-text.ts';
import { requireParsable } from './json-limits.ts';

/** Most values of a text that is parsed exactly: some 20 ms. */
const MAX_EXACT_VALUES = 25_000;

const INTEGER = /^-?\d+$/;

const integersAsBigints: Reviver = (_key, value, { source }) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && INTEGER.test(source)
    ? BigInt(source)
    : value;

export class JsonText {
  readonly value: unknown;
  readonly #text: Buffer;
  readonly #values: number;
  #exact: unknown;

  /** @throws ServingError BAD_JSON, EMPTY_BODY or BODY_TOO_LARGE */
  constructor(text: Buffer) {
    this.#values = requireParsable(text);
    this.value = parseJson(text);
    this.#text = text;
  }

  /** The same value, with integers beyond 2^53 as bigints. @throws ServingError BODY_TOO_LARGE when there are too many values */
  get exact(): unknown {
    if (this.#values > MAX_EXACT_VALUES) {
      const message = `A JSON text with integers beyond 2^53 may have ${MAX_EXACT_VALUES} values: send them as strings, or as binary data.`;
      throw new ServingError('BODY_TOO_LARGE', message);
    }
    this.#exact ??= parseJson(this.#text, integersAsBigints);
    return this.#exact;
  }
}
