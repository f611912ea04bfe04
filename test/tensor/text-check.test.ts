import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import t from 'tap';
import { bytesOfElements, bytesOfTexts, elementsOfBytes, textsOf } from '../../src/tensor/strings.ts';
import { textFault } from '../../src/tensor/text-check.ts';

/** The same, by the elements themselves. */
function slowFault(data: Uint8Array, count: number): string | undefined {
  let elements: readonly Uint8Array[];
  try {
    elements = elementsOfBytes(data, count);
  } catch {
    return 'damaged';
  }
  const size = elements.reduce((sum, { length }) => sum + 4 + length, 0);
  if (elements.some((element) => !isUtf8(element) || element.includes(0))) return 'text';
  return elements.length === count && size === data.length ? undefined : 'count';
}

const element = fc.oneof(
  fc.string().map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 80 }),
  fc.constantFrom(Buffer.from('é'.repeat(40)), Buffer.alloc(70, 'a'), Buffer.from('a'.repeat(65) + '\0')),
);

t.test('the faults of texts are those of their elements', async () => {
  fc.assert(
    fc.property(
      fc.array(element, { maxLength: 5 }),
      fc.nat({ max: 6 }),
      fc.nat({ max: 3 }),
      (elements, count, cut) => {
        const whole = bytesOfElements(elements);
        const data = whole.subarray(0, Math.max(0, whole.length - cut));
        const [fault, slow] = [textFault(data, count)?.kind, slowFault(data, count)];
        // One that is damaged may have an element before that is no text: either may be told.
        return fault === slow || (slow === 'damaged' && fault === 'text');
      },
    ),
    { numRuns: 3000 },
  );
});

t.test('a length of four bytes is read as a positive number', async (t) => {
  t.match(textFault(Uint8Array.of(255, 255, 255, 255, 65), 1), { kind: 'damaged', index: 0 });
});

t.test('texts come back from their bytes', async () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
      const data = bytesOfTexts(texts);
      const back = textsOf(data);
      return (
        textFault(data, texts.length)?.kind !== 'damaged' &&
        texts.every((text, i) => back[i] === text.toWellFormed())
      );
    }),
  );
});
