import { sign } from 'node:crypto';
import t from 'tap';
import { signedBundle, verifyBundle } from '../../../src/repository/trust/bundle.ts';
import { textOf, type Statement } from '../../../src/repository/trust/statement.ts';
import { signingKeys, type SigningKeys } from '../../support/signing-keys.ts';

const DIGEST = 'ab'.repeat(32);
const STATEMENT: Statement = {
  subject: 'net/1',
  digests: new Map([
    ['model.onnx', DIGEST],
    ['weights/a.data', 'cd'.repeat(32)],
  ]),
  ignored: ['model.sig', '.git'],
};
const keys = signingKeys(t.testdir());
const other = signingKeys(t.testdir(), 'other');
const known = [other.publicKey, keys.publicKey];

interface Bundle {
  mediaType: unknown;
  verificationMaterial: unknown;
  dsseEnvelope: { payload: unknown; payloadType: unknown; signatures: { sig: unknown; keyid: string }[] };
}

for (const curve of ['P-256', 'P-384', 'P-521']) {
  t.test(`a bundle of a ${curve} key verifies with that key among others`, async (t) => {
    const { privateKey, publicKey } = signingKeys(t.testdir(), 'key', curve);
    const bytes = signedBundle(STATEMENT, privateKey, 'key.pem');
    t.strictSame(verifyBundle(bytes, [...known, publicKey]), { signer: publicKey.id, statement: STATEMENT });
    t.throws(() => verifyBundle(bytes, known), {
      kind: 'foreign',
      message: /public keys given are [0-9a-f, ]+$/,
    });
    t.throws(() => verifyBundle(bytes, []), { kind: 'foreign', message: /are none$/ });
  });
}

/** The bundle of the statement, changed. */
function changed(change: (bundle: Bundle) => void): Buffer {
  const bundle = JSON.parse(signedBundle(STATEMENT, keys.privateKey, 'key.pem').toString()) as Bundle;
  change(bundle);
  return Buffer.from(JSON.stringify(bundle));
}

/** A bundle of a text that the key has really signed. */
const signedText = (text: string, { privateKey }: SigningKeys = keys): Buffer =>
  changed(({ dsseEnvelope }) => {
    const type = 'application/vnd.in-toto+json';
    const payload = Buffer.from(text);
    const signed = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
    dsseEnvelope.payload = payload.toString('base64');
    dsseEnvelope.signatures = [{ sig: sign('sha256', signed, privateKey).toString('base64'), keyid: '' }];
  });

t.test('a key that is not named is found among those given', async (t) => {
  const bytes = changed((bundle) => (bundle.verificationMaterial = { publicKey: {}, tlogEntries: [] }));
  t.equal(verifyBundle(bytes, known).signer, keys.publicKey.id);
  t.throws(() => verifyBundle(bytes, [other.publicKey]), { kind: 'invalid', message: /does not verify/ });
});

const bad: readonly [what: string, bytes: Buffer, kind: string, message: RegExp][] = [
  ['nothing', Buffer.alloc(0), 'invalid', /no JSON/],
  ['a list', Buffer.from('[]'), 'invalid', /no JSON object/],
  ['9 MiB', Buffer.alloc(9 * 1024 * 1024), 'unsupported', /larger than/],
  ['another media type', changed((b) => (b.mediaType = 'v0.1')), 'unsupported', /"v0\.1", not/],
  [
    'a certificate',
    changed((b) => (b.verificationMaterial = { certificate: {} })),
    'unsupported',
    /certificate.*EC key/,
  ],
  ['no material', changed((b) => (b.verificationMaterial = null)), 'invalid', /verificationMaterial/],
  ['another payload type', changed((b) => (b.dsseEnvelope.payloadType = 'x')), 'unsupported', /of "x"/],
  [
    'two signatures',
    changed((b) => b.dsseEnvelope.signatures.push(b.dsseEnvelope.signatures[0]!)),
    'unsupported',
    /several/,
  ],
  [
    'no signature',
    changed((b) => (b.dsseEnvelope.signatures = [])),
    'invalid',
    /its signature is no JSON object/,
  ],
  [
    'a signature of spaces',
    changed((b) => (b.dsseEnvelope.signatures[0]!.sig = ' ')),
    'invalid',
    /no base64/,
  ],
  [
    'another signature',
    changed((b) => (b.dsseEnvelope.signatures[0]!.sig = 'MAA=')),
    'invalid',
    /does not verify/,
  ],
  [
    'another payload',
    changed(
      (b) =>
        (b.dsseEnvelope.payload = Buffer.from(textOf({ ...STATEMENT, subject: 'x' })).toString('base64')),
    ),
    'invalid',
    /does not verify/,
  ],
  ['a signature of another key', signedText(textOf(STATEMENT), other), 'invalid', /does not verify/],
];
t.test('what is no such bundle is refused, and said to be what it is', async (t) => {
  for (const [what, bytes, kind, message] of bad)
    t.throws(() => verifyBundle(bytes, known), { kind, message }, what);
});

interface Content {
  _type: unknown;
  subject: { digest: Record<string, string> }[];
  predicateType: unknown;
  predicate: {
    serialization: Record<string, unknown> & { ignore_paths: string[] };
    resources: unknown[];
  };
}

/** The statement, as JSON, with a change. */
function statement(change: (content: Content) => void): string {
  const content = JSON.parse(textOf(STATEMENT)) as Content;
  change(content);
  return JSON.stringify(content);
}
const resource = (name: unknown, algorithm: unknown = 'sha256', digest: unknown = DIGEST) =>
  statement((s) => s.predicate.resources.push({ name, algorithm, digest }));

const signedButBad: readonly [what: string, text: string, kind: string, message: RegExp][] = [
  ['no JSON', '{', 'invalid', /no JSON/],
  ['another statement', statement((s) => (s._type = 'x')), 'unsupported', /"x"/],
  [
    'one before 1.0',
    statement((s) => (s.predicateType = 'https://model_signing/Digests/v0.1')),
    'unsupported',
    /1\.0 or newer/,
  ],
  [
    'shards',
    statement((s) => (s.predicate.serialization['method'] = 'shards')),
    'unsupported',
    /of "shards"/,
  ],
  [
    'a shard size',
    statement((s) => (s.predicate.serialization['shard_size'] = 1)),
    'unsupported',
    /shard_size/,
  ],
  [
    'blake3',
    statement((s) => (s.predicate.serialization['hash_type'] = 'blake3')),
    'unsupported',
    /"blake3"/,
  ],
  [
    'links',
    statement((s) => (s.predicate.serialization['allow_symlinks'] = true)),
    'unsupported',
    /symbolic links/,
  ],
  [
    'links by text',
    statement((s) => (s.predicate.serialization['allow_symlinks'] = 'false')),
    'unsupported',
    /symbolic links/,
  ],
  [
    'weights that are left out',
    statement((s) => s.predicate.serialization.ignore_paths.push('w')),
    'unsupported',
    /leaves out "w"/,
  ],
  ['two subjects', statement((s) => s.subject.push(s.subject[0]!)), 'unsupported', /several subjects/],
  ['no subject', statement((s) => (s.subject = [])), 'invalid', /its subject/],
  [
    'a digest of another list',
    statement((s) => (s.subject[0]!.digest['sha256'] = DIGEST)),
    'invalid',
    /not that of its files/,
  ],
  [
    'a digest that is away',
    statement((s) => (s.subject[0]!.digest = {})),
    'invalid',
    /not that of its files/,
  ],
  ['a file twice', resource('model.onnx'), 'invalid', /"model\.onnx" twice/],
  ['another algorithm', resource('b', 'blake2b'), 'unsupported', /"blake2b"/],
  ['a short digest', resource('b', 'sha256', 'ab'), 'invalid', /no sha256/],
  ['digits in capitals', resource('b', 'sha256', DIGEST.toUpperCase()), 'invalid', /no sha256/],
  ...['', '/etc/passwd', '../b', 'a/../b', './b', 'a//b', 'b/', 'a\\b', 'a\nb', 'a\0b', 7, null].map(
    (name) =>
      [`the path ${JSON.stringify(name)}`, resource(name), 'invalid', /no path below the folder/] as [
        string,
        string,
        string,
        RegExp,
      ],
  ),
];
t.test('a statement that is signed and not understood whole is refused', async (t) => {
  t.same(verifyBundle(signedText(textOf(STATEMENT)), known).statement.subject, 'net/1');
  for (const [what, text, kind, message] of signedButBad)
    t.throws(() => verifyBundle(signedText(text), known), { kind, message }, what);
});

t.test('names that objects have by themselves are files like others', async (t) => {
  const digests = new Map([
    ['__proto__', DIGEST],
    ['constructor', DIGEST],
  ]);
  const bytes = signedBundle({ ...STATEMENT, digests }, keys.privateKey, 'key.pem');
  t.strictSame(verifyBundle(bytes, known).statement.digests, digests);
});
