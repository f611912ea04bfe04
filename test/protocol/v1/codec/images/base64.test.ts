import fc from 'fast-check';
import t from 'tap';
import { decodeBase64 } from '../../../../../src/protocol/v1/codec/images/base64.ts';

const decode = (text: string): Buffer => Buffer.from(decodeBase64(text, '/image'));
/** Strict base64 as a pattern, the slow reference. */
const STRICT = /^(?:[\w+/-]{4})*(?:[\w+/-]{2}(?:==)?|[\w+/-]{3}=?)?$/;

t.test('bytes come back from both alphabets, padded or not, bare or in a data URL', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
      const padded = Buffer.from(bytes).toString('base64');
      const forms = [padded, padded.replace(/=+$/, ''), Buffer.from(bytes).toString('base64url')];
      forms.push(...forms.map((text) => `data:image/png;base64,${text}`));
      return forms.every((text) => decode(text).equals(bytes));
    }),
  );
});

t.test('exactly the texts that the strict pattern matches are accepted', async () => {
  const character = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...'ABZaz09+/-_') },
    { weight: 1, arbitrary: fc.constantFrom('=', '==', ' ', '\n', '\0', '!', 'é', 'ń', 'Ł', '😀', '\ud800') },
  );
  fc.assert(
    fc.property(fc.array(character, { minLength: 2, maxLength: 12 }), (characters) => {
      const text = characters.join('');
      let accepted = true;
      try {
        decode(text);
      } catch {
        accepted = false;
      }
      return accepted === STRICT.test(text);
    }),
    { numRuns: 2000 },
  );
});

t.test('white space, other characters and misplaced padding are refused', async (t) => {
  for (const text of [
    'QUJD\n',
    ' QUJD',
    'QU JD',
    'QUJ!',
    'Q',
    'QUJDR',
    'QQ=',
    'QQ===',
    'QQ==QQ==',
    '=QQ=',
    '====',
  ]) {
    t.throws(() => decode(text), { code: 'BAD_BASE64', pointer: '/image' }, JSON.stringify(text));
  }
});

t.test('a character whose low byte looks like base64 is refused', async (t) => {
  t.throws(() => decode('QUJ\u0144'), { code: 'BAD_BASE64' });
});

t.test('a data URL of an image, of octets or of no type is read, with its parameters', async (t) => {
  for (const prefix of [
    'DATA:image/svg+xml;BASE64',
    'data:;base64',
    'data:image/jpeg;charset=utf-8;base64',
    'data:image/png;name="a b.png";size=3; base64',
    'data:application/octet-stream;base64',
    'data:Application/Octet-Stream ;x=base64;base64',
  ]) {
    t.equal(decode(`${prefix},QUJD`).toString(), 'ABC', prefix);
  }
});

t.test('a data URL of another type, or not in base64, is refused', async (t) => {
  for (const text of [
    'data:text/plain;base64,QUJD',
    'data:text/plain;image/png;base64,QUJD',
    'data:image/png,QUJD',
    'data:image/png;base64',
    'data:',
    'data:image/png;base64;,QUJD',
    `data:image/png;${'x'.repeat(2000)};base64,QUJD`,
  ]) {
    t.throws(() => decode(text), { code: 'BAD_BASE64', message: /data URL/ }, text);
  }
});

t.test('no bytes are an empty image', async (t) => {
  t.throws(() => decode(''), { code: 'EMPTY_BODY', pointer: '/image' });
  t.throws(() => decode('data:image/png;base64,'), { code: 'EMPTY_BODY', pointer: '/image' });
});
