import t from 'tap';
import { ERRORS, ServingError, type ErrorCode } from '../../src/errors.ts';
import { encodeError } from '../../src/http/answer/error-body.ts';
import { ErrorAnswer } from '../../src/protocol/schemas.ts';
import { fits } from './conformance.ts';

t.test('an error of any code conforms to its schema', async (t) => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    fits(t, ErrorAnswer, encodeError(new ServingError(code, 'A sentence.'), 'r-1'));
  }
  fits(t, ErrorAnswer, encodeError(new ServingError('BAD_FIELD', 'No.', { pointer: '/a' }), 'r-1'));
});
