import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { decrypted } from '../../src/cipher/decryptor.ts';
import { encrypted, encryptFile, newSet } from '../../src/cipher/encrypt.ts';
import { HEADER_BYTES, keyIdOf, parseHeader, TAG_BYTES } from '../../src/cipher/format.ts';

const FRAME = 4096;
const NAME = 'model.onnx';
const key = randomBytes(32);
const keys = new Map([[keyIdOf(key), key]]);
const sealed = (plain: Buffer, name = NAME, set = newSet()): Buffer =>
  encrypted(plain, key, set, name, FRAME);
const frameAt = (bytes: Buffer, index: number): Buffer => {
  const start = HEADER_BYTES + index * (FRAME + TAG_BYTES);
  return bytes.subarray(start, start + FRAME + TAG_BYTES);
};

t.test('files of every length open to what they were', async (t) => {
  for (const length of [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 3 * FRAME + 7]) {
    const plain = randomBytes(length);
    const bytes = sealed(plain);
    t.ok(decrypted(bytes, NAME, keys).equals(plain), `${length}`);
    t.notOk(length > 15 && bytes.includes(plain.subarray(0, 16)));
  }
});

t.test('the same file is encrypted differently each time', async (t) => {
  const plain = randomBytes(FRAME);
  t.notOk(sealed(plain).subarray(HEADER_BYTES).equals(sealed(plain).subarray(HEADER_BYTES)));
});

const PLAIN = randomBytes(4 * FRAME);
const GOOD = sealed(PLAIN);
const OTHER = sealed(randomBytes(4 * FRAME));
const frames = (...parts: readonly Buffer[]): Buffer =>
  Buffer.concat([GOOD.subarray(0, HEADER_BYTES), ...parts]);
const [a, b, c, d] = [0, 1, 2, 3].map((index) => frameAt(GOOD, index)) as [Buffer, Buffer, Buffer, Buffer];
/** The header says that it has fewer bytes. */
function shortened(): Buffer {
  const bytes = frames(a, b, c);
  bytes.writeBigUInt64BE(BigInt(3 * FRAME), 16);
  return bytes;
}
const flipped = (at: number): Buffer => {
  const bytes = Buffer.from(GOOD);
  bytes[at]! ^= 1;
  return bytes;
};

const bad: readonly [what: string, bytes: Buffer, message: RegExp][] = [
  ['nothing', Buffer.alloc(0), /no encrypted model file/],
  ['a plain file', PLAIN, /no encrypted model file/],
  ['a header alone', GOOD.subarray(0, HEADER_BYTES), /cut off/],
  ['a last frame less', frames(a, b, c), /cut off/],
  ['a last byte less', GOOD.subarray(0, -1), /cut off/],
  ['a byte more', Buffer.concat([GOOD, Buffer.alloc(1)]), /something was added/],
  ['fewer frames and a header that says so', shortened(), /frame 1 of 3/],
  ['frames in another order', frames(b, a, c, d), /frame 1 of 4/],
  ['a frame twice', frames(a, a, c, d), /frame 2 of 4/],
  ['a frame of another file', frames(a, frameAt(OTHER, 1), c, d), /frame 2 of 4/],
  [
    'the header of another file',
    Buffer.concat([OTHER.subarray(0, HEADER_BYTES), a, b, c, d]),
    /frame 1 of 4/,
  ],
  ['another format', flipped(8), /of format 0/],
  [
    'frames of 0 bytes',
    Buffer.concat([GOOD.subarray(0, 12), Buffer.alloc(4), GOOD.subarray(16)]),
    /frames of 0 bytes/,
  ],
  ['another key id', flipped(24), /encrypted with the key [0-9a-f]{32}, and modelKeyFile gives/],
  ['another set', flipped(40), /frame 1 of 4/],
  ['another salt', flipped(56), /frame 1 of 4/],
  ['another byte', flipped(HEADER_BYTES + FRAME + 40), /frame 1 of 4|frame 2 of 4/],
  ['another tag', flipped(GOOD.length - 1), /frame 4 of 4/],
];
t.test('what was changed, cut off, moved or mixed does not open', async (t) => {
  for (const [what, bytes, message] of bad)
    t.throws(() => decrypted(bytes, NAME, keys), { name: 'CipherError', message }, what);
  t.throws(() => decrypted(GOOD, 'other.onnx', keys), { message: /frame 1 of 4/ }, 'another name');
  const imposter = new Map([[keyIdOf(key), randomBytes(32)]]);
  t.throws(() => decrypted(GOOD, NAME, imposter), { message: /the key is another one/ });
  t.throws(() => decrypted(GOOD, NAME, new Map()), { message: /gives none/ });
});

t.test('a file is encrypted in pieces, and never over another', async (t) => {
  const folder = t.testdir();
  const source = join(folder, NAME);
  const target = `${source}.enc`;
  const plain = randomBytes(2 * 1024 * 1024 + 5);
  writeFileSync(source, plain);
  await encryptFile({ source, target, name: NAME }, key, newSet());
  const bytes = readFileSync(target);
  t.ok(decrypted(bytes, NAME, keys).equals(plain));
  t.match(parseHeader(bytes, bytes.length), { plainBytes: plain.length, keyId: keyIdOf(key) });
  await t.rejects(encryptFile({ source, target, name: NAME }, key, newSet()), { code: 'EEXIST' });
});
