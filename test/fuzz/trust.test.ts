/** Signatures, lists of shared files and encrypted files of any content: refused with their own errors, never opened wrongly. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { decrypted } from '../../src/cipher/decryptor.ts';
import { encrypted, newSet } from '../../src/cipher/encrypt.ts';
import { CipherError, keyIdOf } from '../../src/cipher/format.ts';
import { signedBundle, verifyBundle } from '../../src/repository/trust/bundle.ts';
import { parseShared } from '../../src/repository/trust/shared-files.ts';
import { parseStatement, textOf, type Statement } from '../../src/repository/trust/statement.ts';
import { TrustError } from '../../src/repository/trust/trust-error.ts';
import { signingKeys } from '../support/signing-keys.ts';
import { runs } from './runs.ts';

const keys = signingKeys(t.testdir());
const STATEMENT: Statement = {
  subject: 'net/1',
  digests: new Map([['model.onnx', 'ab'.repeat(32)]]),
  ignored: ['model.sig'],
};
const BUNDLE = signedBundle(STATEMENT, keys.privateKey, '');
const same = (one: Statement): boolean => textOf(one) === textOf(STATEMENT);

/** What it returns, or undefined for its own error. @throws any other error */
function orRefused<T>(kind: new (...args: never[]) => Error, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof kind && error.message !== '') return undefined;
    throw error;
  }
}

/** A JSON value with one of its parts replaced by any other. */
const mutated = (text: string): fc.Arbitrary<string> => {
  const paths: (string | number)[][] = [];
  const walk = (value: unknown, path: (string | number)[]): void => {
    paths.push(path);
    if (typeof value === 'object' && value !== null)
      for (const [key, one] of Object.entries(value))
        walk(one, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  walk(JSON.parse(text), []);
  return fc.tuple(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 2 })).map(([path, other]) => {
    const root = { all: JSON.parse(text) as unknown };
    let holder = root as unknown as Record<string | number, unknown>;
    let last: string | number = 'all';
    for (const step of path) {
      holder = holder[last] as Record<string | number, unknown>;
      last = step;
    }
    holder[last] = other;
    return JSON.stringify(root.all);
  });
};

t.test('bundles with any part replaced are refused, or say what was signed', async () => {
  fc.assert(
    fc.property(mutated(BUNDLE.toString()), (text) => {
      const verified = orRefused(TrustError, () => verifyBundle(Buffer.from(text), [keys.publicKey]));
      return verified === undefined || same(verified.statement);
    }),
    { numRuns: runs(2000) },
  );
});

t.test('bundles with bytes changed are refused, or say what was signed', async () => {
  fc.assert(
    fc.property(fc.nat(BUNDLE.length - 1), fc.nat(255), (at, byte) => {
      const bytes = Buffer.from(BUNDLE);
      bytes[at] = byte;
      const verified = orRefused(TrustError, () => verifyBundle(bytes, [keys.publicKey]));
      return verified === undefined || same(verified.statement);
    }),
    { numRuns: runs(2000) },
  );
});

t.test('statements of any content are refused or understood', async () => {
  fc.assert(
    fc.property(fc.oneof(mutated(textOf(STATEMENT)), fc.json(), fc.string()), (text) => {
      const statement = orRefused(TrustError, () => parseStatement(text));
      return (
        statement === undefined ||
        [...statement.digests.keys()].every((name) => !name.split('/').includes('..'))
      );
    }),
    { numRuns: runs(2000) },
  );
});

t.test('lists of shared files of any content are refused or stay in the folder', async () => {
  const line = fc
    .tuple(
      fc.constantFrom('ab'.repeat(32), 'AB'.repeat(32), 'ab'),
      fc.constantFrom('  ', ' *', ' '),
      fc.string(),
    )
    .map(([digest, gap, name]) => `${digest}${gap}../${name}`);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(line).map((lines) => lines.join('\n')),
        fc.string(),
      ),
      (text) => {
        const digests = orRefused(TrustError, () => parseShared(text));
        return digests === undefined || [...digests.keys()].every((name) => !name.split('/').includes('..'));
      },
    ),
    { numRuns: runs(2000) },
  );
});

const FRAME = 4096;
const key = randomBytes(32);
const byId = new Map([[keyIdOf(key), key]]);
const plain = randomBytes(3 * FRAME + 5);
const file = encrypted(plain, key, newSet(), 'model.onnx', FRAME);

t.test('an encrypted file that was changed anywhere does not open', async () => {
  const change = fc.oneof(
    fc.tuple(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, bits]) => {
      const bytes = Buffer.from(file);
      bytes[at]! ^= bits;
      return bytes;
    }),
    fc.nat(file.length - 1).map((length) => file.subarray(0, length)),
    fc.uint8Array({ minLength: 1, maxLength: 3 * FRAME }).map((more) => Buffer.concat([file, more])),
    fc.tuple(fc.nat(file.length), fc.nat(file.length)).map(([from, to]) => {
      const [start, end] = [Math.min(from, to), Math.max(from, to)];
      return Buffer.concat([file.subarray(0, start), file.subarray(end), file.subarray(start, end)]);
    }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  );
  fc.assert(
    fc.property(change, (bytes) => {
      if (bytes.equals(file)) return true;
      return orRefused(CipherError, () => decrypted(bytes, 'model.onnx', byId)) === undefined;
    }),
    { numRuns: runs(2000) },
  );
});
