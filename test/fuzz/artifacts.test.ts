/** What stores answer, of any content: understood, or refused with our own error, and no path leads out of a folder. */
import { isAbsolute, join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { parseAddress } from '../../src/artifacts/address.ts';
import { ArtifactError } from '../../src/artifacts/artifact-error.ts';
import { digestOf, parseIndex, type ArtifactIndex } from '../../src/artifacts/archive/index-file.ts';
import { parseIni } from '../../src/artifacts/credentials/ini.ts';
import { encoded, encodedKey } from '../../src/artifacts/s3/sigv4.ts';
import { elements, escaped, textIn } from '../../src/artifacts/s3/xml.ts';
import { mlflowModel } from '../../src/artifacts/source/mlflow-model.ts';
import { modelIn } from '../../src/artifacts/source/oci.ts';
import type { OfferedModel } from '../../src/artifacts/source/source.ts';
import { parseWanted } from '../../src/artifacts/source/wanted.ts';
import { runs } from './runs.ts';

/** What it returns, or undefined for our own error. @throws any other error */
function orRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ArtifactError && error.message !== '') return undefined;
    throw error;
  }
}

const isInside = (path: string): boolean =>
  !isAbsolute(path) && join('/m', path).startsWith('/m/') && !path.includes('\0');

const PATH = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '../x',
    'a/../../b',
    '/etc/passwd',
    'a\\..\\b',
    '.',
    '',
    'model.onnx',
    '1/model.onnx',
    'a//b',
    '.artifacts/x',
  ),
);
const SHA = 'ab'.repeat(32);

t.test('an index of any content names nothing outside of its models', async () => {
  const file = fc.record({ path: PATH, sha256: fc.constantFrom(SHA, 'x'), bytes: fc.integer() });
  const version = fc
    .array(file, { maxLength: 3 })
    .map((files) => ({ digest: digestOf(files), pushed: '', files }));
  const model = fc.record({
    files: fc.array(file, { maxLength: 2 }),
    versions: fc.dictionary(fc.constantFrom('1', '2', '01', '../1', '__proto__'), version, { maxKeys: 2 }),
  });
  const index = fc.record({
    format: fc.constantFrom(1, 2),
    generation: fc.nat(),
    written: fc.string(),
    models: fc.dictionary(fc.constantFrom('net', '..', 'a/b', '__proto__', 'constructor'), model, {
      maxKeys: 2,
    }),
    deleting: fc.constant({ since: '', keys: [] }),
  });
  fc.assert(
    fc.property(
      fc.oneof(
        index.map((value) => JSON.stringify(value)),
        fc.string(),
        fc.json(),
      ),
      (text) => {
        const read: ArtifactIndex | undefined = orRefused(() => parseIndex(text, 'index.json'));
        if (read === undefined) return true;
        return Object.entries(read.models).every(
          ([name, { files, versions }]) =>
            isInside(name) &&
            files.every(({ path }) => isInside(path)) &&
            Object.entries(versions).every(
              ([number, { files: own }]) => isInside(number) && own.every(({ path }) => isInside(path)),
            ),
        );
      },
    ),
    { numRuns: runs(2000) },
  );
});

t.test('an image or an artifact of any content names nothing outside of its model', async () => {
  const layer = fc.oneof(
    fc.anything(),
    fc.record({
      digest: fc.constantFrom(`sha256:${SHA}`, 'sha256:x', 1),
      size: fc.oneof(fc.integer(), fc.string()),
      annotations: fc.oneof(fc.constant(null), fc.record({ 'org.opencontainers.image.title': PATH })),
    }),
  );
  const place = { repository: 'team/net', reference: 'v1', address: 'oci://r/team/net:v1' };
  const pathsOf = ([, { files, versions }]: readonly [string, OfferedModel]): string[] =>
    [...files, ...[...versions.values()].flatMap(({ files: own }) => own)].map(({ path }) => path);
  fc.assert(
    fc.property(fc.oneof(fc.array(layer), fc.anything()), (layers) => {
      const model = orRefused(() => modelIn({ layers }, place));
      return model === undefined || pathsOf(model).every(isInside);
    }),
    { numRuns: runs(2000) },
  );
  // Paths of an MLflow artifact were checked one by one as they were listed.
  const found = fc.record({
    path: fc.constantFrom('model.onnx', 'a/model.onnx', 'a/b', 'x'),
    bytes: fc.integer(),
    at: fc.string(),
  });
  fc.assert(
    fc.property(fc.string(), fc.array(found), (name, files) => {
      const model = orRefused(() => mlflowModel(name, '1', 'd', files, 'mlflow+http://h/n/1'));
      return (
        model === undefined || (/^[A-Za-z0-9][\w.-]{0,63}$/.test(model[0]) && pathsOf(model).every(isInside))
      );
    }),
    { numRuns: runs(1000) },
  );
});

t.test('addresses and names of any content are understood or refused', async () => {
  const text = fc.oneof(
    fc.string(),
    fc.webUrl(),
    fc
      .tuple(fc.constantFrom('s3://', 'gs://', 'file://', 'oci://', 'mlflow+http://'), fc.string())
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (one) => {
      orRefused(() => parseWanted(one));
      const address = orRefused(() => parseAddress(one));
      if (address === undefined || address.kind === 'oci' || address.kind === 'mlflow') return true;
      return address.kind === 'file' ? isAbsolute(address.folder) : isInside(`${address.prefix}x`);
    }),
    { numRuns: runs(3000) },
  );
});

t.test('XML and shared files of any content are read without an end of time or an error', async () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('Key', 'Contents', 'a'), (text, name) => {
      elements(text, name);
      textIn(`<${name}>${text}</${name}>`, name);
      parseIni(text);
      return textIn(`<${name}>${escaped(text)}</${name}>`, name) === text;
    }),
    { numRuns: runs(3000) },
  );
});

t.test('a key of any content is encoded so that it can be read back', async () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      (key) => decodeURIComponent(encodedKey(key)) === key && decodeURIComponent(encoded(key)) === key,
    ),
    { numRuns: runs(2000) },
  );
});
