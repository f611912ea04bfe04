import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { otherThanOnnx } from '../../src/onnx/other-files.ts';
import { affine } from '../support/tiny-models.ts';

/** The local header of the first file of a zip archive, and its content. */
function zipOf(name: string): Buffer {
  const content = deflateRawSync('x');
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(8, 8);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name), content]);
}

function safetensors(): Buffer {
  const header = Buffer.from('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(4)]);
}

const tar = Buffer.alloc(1024, 'a');
tar.write('ustar', 257);

const LFS = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 18615342\n';
const files: Readonly<Record<string, [content: Buffer | string, sentence: RegExp]>> = {
  'an empty file': ['', /^is empty: copy/],
  zeros: [Buffer.alloc(5000), /zero bytes only/],
  'a pointer of Git LFS': [LFS, /pointer of Git LFS.*run git lfs pull/],
  'a page': ['\n<!DOCTYPE html><html><title>Sign in</title></html>', /an HTML page/],
  'a page behind a comment': ['<!-- saved from url -->\n<html>', /an HTML page/],
  'an error of an object store': ['<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', /is XML/],
  JSON: ['{"error": "not found"}', /is JSON/],
  safetensors: [safetensors(), /safetensors, and no graph: export the model with torch/],
  'a PyTorch file': [zipOf('archive/data.pkl'), /is a PyTorch file/],
  'a PyTorch file of a folder without a name': [zipOf('data.pkl'), /is a PyTorch file/],
  'an old PyTorch file': [Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex'), /is a PyTorch file/],
  'a Keras file': [zipOf('metadata.json'), /is a Keras model/],
  'another zip archive': [zipOf('model/model.onnx'), /is a zip archive.*unpack it/],
  'a pickle': [Buffer.from('8004950a', 'hex'), /pickled Python object: convert it with skl2onnx/],
  HDF5: [Buffer.from('894844460d0a1a0a', 'hex'), /HDF5/],
  'TensorFlow Lite': [Buffer.from('\x1c\0\0\0TFL3'), /TensorFlow Lite/],
  'a format of ONNX Runtime': [Buffer.from('\x1c\0\0\0ORTM'), /format of ONNX Runtime/],
  GGUF: [Buffer.from('GGUF\x03'), /GGUF/],
  gzip: [gzipSync(affine().file), /gzip: unpack it/],
  'a tar archive': [tar, /tar archive: unpack/],
  'a TensorFlow graph': [Buffer.from('0a110a01781a0b', 'hex'), /may be a TensorFlow graph/],
  'a text': ['import torch\n', /is a text/],
};
for (const [what, [content, sentence]] of Object.entries(files)) {
  t.test(`recognises ${what}`, async (t) => {
    const file = join(t.testdir(), 'model.onnx');
    writeFileSync(file, content);
    t.match(otherThanOnnx(file), sentence);
  });
}

t.test('says nothing of an ONNX file', async (t) => {
  const file = join(t.testdir({ 'model.onnx': affine().file }), 'model.onnx');
  t.equal(otherThanOnnx(file), undefined);
});
