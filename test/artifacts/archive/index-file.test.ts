import t from 'tap';
import {
  digestOf,
  EMPTY_INDEX,
  parseIndex,
  type StoredModel,
} from '../../../src/artifacts/archive/index-file.ts';

const SHA = 'a'.repeat(64);
const FILE = { path: 'model.onnx', sha256: SHA, bytes: 3 };
const VERSION = { digest: digestOf([FILE]), pushed: '2026-01-01T00:00:00.000Z', files: [FILE] };
const MODEL: StoredModel = {
  files: [{ ...FILE, path: 'model.json' }],
  default: '1',
  versions: { '1': VERSION },
};

const textOf = (models: Record<string, unknown>, more: Record<string, unknown> = {}): string =>
  JSON.stringify({ ...EMPTY_INDEX, generation: 1, written: VERSION.pushed, models, ...more });

t.test('an index reads as it was written', async (t) => {
  t.same(parseIndex(textOf({ net: MODEL }), 'i').models, { net: MODEL });
});

t.test('the digest of a version does not depend on the order of its files', async (t) => {
  const other = { path: 'a.data', sha256: 'b'.repeat(64), bytes: 1 };
  t.equal(digestOf([FILE, other]), digestOf([other, FILE]));
  t.not(digestOf([FILE]), digestOf([{ ...FILE, path: 'other.onnx' }]));
});

const withFile = (file: Record<string, unknown>) => {
  const files = [{ ...FILE, ...file }];
  return { ...MODEL, versions: { '1': { ...VERSION, digest: digestOf(files), files } } };
};

for (const [what, text, why] of [
  ['no JSON', '{', /no JSON/],
  ['another document', '{"a": 1}', /no index/],
  ['a newer format', textOf({}, { format: 2 }), /newer ortolan/],
  ['a name that leads elsewhere', textOf({ '../net': MODEL }), /no index/],
  ['a version that is no number', textOf({ net: { ...MODEL, versions: { '01': VERSION } } }), /no index/],
  ['a path out of the folder', textOf({ net: withFile({ path: '../../etc/passwd' }) }), /no path below/],
  ['an absolute path', textOf({ net: withFile({ path: '/etc/passwd' }) }), /no path below/],
  ['a path with a backslash', textOf({ net: withFile({ path: 'a\\b' }) }), /no path below/],
  [
    'a file of the model in a version',
    textOf({ net: { ...MODEL, files: [{ ...FILE, path: '1/x' }] } }),
    /as a file/,
  ],
  [
    'a hidden file of the model',
    textOf({ net: { ...MODEL, files: [{ ...FILE, path: '.x' }] } }),
    /as a file/,
  ],
  ['a file twice', textOf({ net: { ...MODEL, files: [FILE, FILE] } }), /twice/],
  ['no digest', textOf({ net: withFile({ sha256: 'A'.repeat(64) }) }), /no index/],
  [
    'another digest than that of the files',
    textOf({ net: { ...MODEL, versions: { '1': { ...VERSION, digest: SHA } } } }),
    /another digest/,
  ],
  ['a size below nothing', textOf({ net: withFile({ bytes: -1 }) }), /no index/],
] as const) {
  t.test(`${what} is refused`, async (t) => {
    t.throws(() => parseIndex(text, 's3://b/index.json'), { fault: 'corrupt', message: why });
  });
}
