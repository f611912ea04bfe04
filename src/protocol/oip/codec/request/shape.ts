/** The shape of a tensor in a request. */
import { badField, type Members } from './members.ts';

/** As onnxruntime's. */
const LONGEST_AXIS = 2 ** 31 - 1;
/** More than any model has. */
const MOST_AXES = 64;

/** @throws ServingError BAD_FIELD */
export function shapeOf(input: Members): readonly number[] {
  const shape = input.list('shape');
  if (shape === undefined) throw input.bad('shape', 'is missing');
  if (shape.length > MOST_AXES) throw input.bad('shape', `may have ${MOST_AXES} lengths at most`);
  const bad = shape.findIndex((length) => !isLength(length));
  if (bad < 0) return shape as readonly number[];
  throw badField('Each length of a shape is a whole number from 0 on.', [...input.path, 'shape', bad]);
}

const isLength = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LONGEST_AXIS;
