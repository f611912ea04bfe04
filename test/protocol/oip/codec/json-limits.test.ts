import fc from 'fast-check';
import t from 'tap';
import type { ServingError } from '../../../../src/errors.ts';
import { requireParsable } from '../../../../src/protocol/oip/codec/request/json-limits.ts';

/** The same, a character after the other. */
function counted(text: string): number | 'too deep' {
  let [depth, values, inString] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (inString) {
      if (character === '\\') at++;
      else inString = character !== '"';
    } else if (character === '"') inString = true;
    else if ('[{,'.includes(character)) {
      values++;
      if (character !== ',' && ++depth > 100) return 'too deep';
    } else if (']}'.includes(character)) depth--;
  }
  return values;
}

function found(bytes: Buffer): number | string {
  try {
    return requireParsable(bytes);
  } catch (error) {
    return (error as ServingError).code === 'BAD_JSON' ? 'too deep' : String(error);
  }
}

const character = fc.constantFrom(...'[]{},,,:"\\ 0123456789.eE+-"truéYy_~\x7f\n'.split(''));

t.test('values are counted wherever the text begins in memory', async () => {
  fc.assert(
    fc.property(fc.array(character, { maxLength: 60 }), fc.nat({ max: 7 }), (characters, offset) => {
      const text = characters.join('');
      const bytes = Buffer.concat([Buffer.alloc(offset, ','), Buffer.from(text), Buffer.from('[[[,,,')]);
      return found(bytes.subarray(offset, bytes.length - 6)) === counted(text);
    }),
    { numRuns: 5000 },
  );
});

t.test('the depth is counted through words of four bytes', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('[', '{"a":', '   [', '0,[')),
      fc.integer({ min: 90, max: 110 }),
      (kinds, depth) => {
        const text = Array.from({ length: depth }, (_, i) => kinds[i % (kinds.length || 1)] ?? '[').join('');
        return found(Buffer.from(text)) === counted(text);
      },
    ),
  );
});
