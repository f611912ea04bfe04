/**
 * Images for a model that declares preprocessing: an input of BYTES with one JPEG, PNG or WebP file an element, or a body
 * that is such a file and nothing else. Any other data type is a tensor, that the model runs on as it is.
 */
import { ServingError } from '../../../../errors.ts';
import { readImageHeader } from '../../../../image/header.ts';
import type { GivenTensor } from '../../../../tensor/fit.ts';
import { elementsOfBytes } from '../../../../tensor/strings.ts';
import { elementsOf, type TensorSpec } from '../../../../tensor/tensor.ts';

export interface GivenImages {
  readonly images: readonly Uint8Array[];
  /** Where in the body they are. */
  readonly pointer: string | undefined;
}

/** Whether the body begins as an image does. */
export function isImage(body: Uint8Array): boolean {
  const header = readImageHeader(body);
  return !('code' in header) || header.code !== 'NOT_AN_IMAGE';
}

/**
 * The images of a request; undefined when its input is a tensor. `specs`: the inputs of the model, which takes images in the
 * first.
 * @throws ServingError BAD_FIELD, BAD_SHAPE or TOO_MANY_IMAGES
 */
export function imagesIn(
  inputs: readonly GivenTensor[],
  specs: readonly TensorSpec[],
  most: number,
): GivenImages | undefined {
  const [input, ...others] = inputs;
  const [spec] = specs;
  if (input === undefined || spec === undefined || others.length > 0) return undefined;
  if (input.datatype !== 'BYTES' || spec.datatype === 'BYTES' || input.name !== spec.name) return undefined;
  const { name, shape, pointer } = input;
  const place = pointer === undefined ? {} : { pointer };
  const count = elementsOf(shape);
  if (shape.length === 0 || count !== shape[0]) {
    const message = `The input ${name} takes images in BYTES of shape [n] or [n,1], not [${shape.join()}].`;
    throw new ServingError('BAD_SHAPE', message, place);
  }
  if (count === 0) throw new ServingError('EMPTY_BODY', 'There is no image.', place);
  if (count > most)
    throw new ServingError('TOO_MANY_IMAGES', `A request may carry ${most} images at most.`, place);
  return { images: elements(input, count), pointer };
}

function elements({ name, data, pointer }: GivenTensor, count: number): readonly Uint8Array[] {
  const place = pointer === undefined ? {} : { pointer };
  let found: readonly Uint8Array[];
  try {
    found = elementsOfBytes(data, count + 1);
  } catch (error) {
    throw new ServingError('BAD_SHAPE', `The input ${name} is damaged: ${(error as Error).message}.`, place);
  }
  if (found.length === count) return found;
  const message = `The input ${name} has ${count} images by its shape, and others by its bytes.`;
  throw new ServingError('BAD_SHAPE', message, place);
}
