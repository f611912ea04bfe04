/** Reads a content-type header: which codec takes the body, and the boundary of a multipart body. */
import { ServingError } from '../../../errors.ts';
import { parametersOf } from './parameters.ts';

export type BodyKind = 'raw' | 'multipart' | 'json';

/** RFC 2046 section 5.1.1: 1 to 70 of these, the last one no space. */
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;

/**
 * The codec for a content type; one that is missing or empty means raw bytes.
 * @throws ServingError UNSUPPORTED_MEDIA_TYPE
 */
export function bodyKindOf(contentType: string | undefined): BodyKind {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === '' || type === 'application/octet-stream' || type.startsWith('image/')) return 'raw';
  if (type === 'application/json') return 'json';
  if (type === 'multipart/form-data') return 'multipart';
  throw new ServingError(
    'UNSUPPORTED_MEDIA_TYPE',
    'The content type is not one of image/*, application/octet-stream, multipart/form-data and application/json.',
  );
}

/**
 * The boundary of a multipart content type, quoted or not.
 * @throws ServingError BAD_MULTIPART
 */
export function boundaryOf(contentType: string): string {
  const boundary = parametersOf(contentType)?.get('boundary') ?? '';
  if (!BOUNDARY.test(boundary)) {
    throw new ServingError(
      'BAD_MULTIPART',
      'The content type names no boundary of 1 to 70 plain characters.',
    );
  }
  return boundary;
}
