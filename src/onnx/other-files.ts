/**
 * What a file that is no ONNX model is, by its first bytes: what downloads, exporters and version control leave under the
 * name model.onnx. ONNX itself has no such bytes; that a file is ONNX is not said here.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const HEAD_BYTES = 1024;

interface Kind {
  readonly is: (head: Buffer, size: number) => boolean;
  /** What it is, and what to do. */
  readonly sentence: string;
}

const startsWith =
  (...bytes: readonly number[]) =>
  (head: Buffer): boolean =>
    head.subarray(0, bytes.length).equals(Buffer.from(bytes));
const textAt =
  (offset: number, text: string) =>
  (head: Buffer): boolean =>
    head.toString('latin1', offset, offset + text.length) === text;
const matches =
  (pattern: RegExp) =>
  (head: Buffer): boolean =>
    pattern.test(head.toString('latin1'));
const isZip = startsWith(0x50, 0x4b, 0x03, 0x04);
const zipWith =
  (pattern: RegExp) =>
  (head: Buffer): boolean =>
    isZip(head) && pattern.test(head.toString('latin1'));

const TF2ONNX = 'convert the model with tf2onnx';
const TORCH = 'export the model with torch.onnx.export';
const UNPACK = 'unpack it and put model.onnx in its place';
const FETCH = 'Download the file itself.';

/** The first that fits counts. */
const KINDS: readonly Kind[] = [
  { is: (_head, size) => size === 0, sentence: 'is empty: copy or download it again.' },
  {
    is: (head) => head.every((byte) => byte === 0),
    sentence:
      'begins with zero bytes only, as after a download that broke off or a full disk: copy it again.',
  },
  {
    is: textAt(0, 'version https://git-lfs.github.com/spec/'),
    sentence: 'is a pointer of Git LFS, not the file that it stands for: run git lfs pull.',
  },
  {
    is: matches(/^\s*(<!--[^]*?-->\s*)?<(!doctype html|html|head|body)\b/i),
    sentence: `is an HTML page, such as a sign-in or error page of the site it was downloaded from. ${FETCH}`,
  },
  {
    is: matches(/^(\xEF\xBB\xBF)?\s*<\?xml/),
    sentence: `is XML, such as an error of an object store, or the description of an OpenVINO model. ${FETCH}`,
  },
  { is: matches(/^(\xEF\xBB\xBF)?\s*\{\s*["}]/), sentence: `is JSON. ${FETCH}` },
  // Behind the length of its header, a safetensors file has that header, which is JSON.
  {
    is: (head, size) =>
      head.length >= 10 &&
      head.readBigUInt64LE() < BigInt(size) &&
      /^\{\s*["}]/.test(head.toString('latin1', 8, 40)),
    sentence: `has weights in the format safetensors, and no graph: ${TORCH}.`,
  },
  {
    is: zipWith(/(\/|^.{26,30})data\.pkl|\/constants\.pkl|\.format_version/s),
    sentence: `is a PyTorch file: ${TORCH}.`,
  },
  { is: zipWith(/model\.weights\.h5|keras|metadata\.json/), sentence: `is a Keras model: ${TF2ONNX}.` },
  { is: isZip, sentence: `is a zip archive (a PyTorch file is one too): ${UNPACK}, or ${TORCH}.` },
  // What torch.save wrote before version 1.6: a pickled number, then pickled objects.
  { is: startsWith(0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c), sentence: `is a PyTorch file: ${TORCH}.` },
  {
    is: (head) => head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5,
    sentence: `is a pickled Python object: convert it with skl2onnx, or ${TORCH}.`,
  },
  {
    is: startsWith(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a),
    sentence: `is HDF5, as Keras writes it: ${TF2ONNX}.`,
  },
  { is: textAt(4, 'TFL3'), sentence: `is a TensorFlow Lite model: ${TF2ONNX}.` },
  {
    is: textAt(4, 'ORTM'),
    sentence: 'is in the format of ONNX Runtime: use the ONNX file that it was made from.',
  },
  { is: textAt(0, 'GGUF'), sentence: 'is a GGUF file, for llama.cpp: export the model to ONNX.' },
  { is: startsWith(0x1f, 0x8b), sentence: `is compressed with gzip: ${UNPACK}.` },
  { is: textAt(0, 'BZh'), sentence: `is compressed with bzip2: ${UNPACK}.` },
  { is: startsWith(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00), sentence: `is compressed with xz: ${UNPACK}.` },
  { is: startsWith(0x28, 0xb5, 0x2f, 0xfd), sentence: `is compressed with zstd: ${UNPACK}.` },
  { is: textAt(257, 'ustar'), sentence: `is a tar archive: ${UNPACK}.` },
  // Tag 10 is field 1 as a message: the nodes of a GraphDef. In an ONNX model field 1 is a number.
  { is: startsWith(0x0a), sentence: `is no ONNX model; it may be a TensorFlow graph: ${TF2ONNX}.` },
  { is: matches(/^[\t\r\n\x20-\x7e]+$/), sentence: `is a text. ${FETCH}` },
];

/** What the file is, as the rest of a sentence that begins with its name; undefined when it may be ONNX. @throws Error of the file system */
export function otherThanOnnx(file: string): string | undefined {
  const { head, size } = headOf(file);
  return KINDS.find(({ is }) => is(head, size))?.sentence;
}

function headOf(file: string): { head: Buffer; size: number } {
  const descriptor = openSync(file, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const length = readSync(descriptor, head, 0, HEAD_BYTES, 0);
    return { head: head.subarray(0, length), size: fstatSync(descriptor).size };
  } finally {
    closeSync(descriptor);
  }
}
