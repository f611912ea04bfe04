/** Writes what numpy.savez writes, for tests. */
import { deflateRawSync } from 'node:zlib';
import { npyHead } from '../../src/tensor/npy.ts';
import type { Datatype } from '../../src/tensor/tensor.ts';

export interface Saved {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

export const floats = (shape: readonly number[], values: readonly number[]): Saved => ({
  datatype: 'FP32',
  shape,
  data: Float32Array.from(values),
});

export const int64s = (values: readonly number[]): Saved => ({
  datatype: 'INT64',
  shape: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

export const npy = ({ datatype, shape, data }: Saved): Buffer =>
  Buffer.concat([npyHead({ datatype, shape }), Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);

/** `packed`: as numpy.savez_compressed. */
export const npz = (arrays: Readonly<Record<string, Saved>>, packed = false): Buffer =>
  zip(
    Object.entries(arrays).map(([name, array]) => [`${name}.npy`, npy(array)] as const),
    packed,
  );

/** The sizes stand in the central directory alone, as NumPy has it. */
export function zip(files: readonly (readonly [name: string, content: Buffer])[], packed = false): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of files) {
    const body = packed ? deflateRawSync(content) : content;
    const method = packed ? 8 : 0;
    // Of zip64, as NumPy forces it.
    const extra = Buffer.alloc(20);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(0xffffffff, 18);
    local.writeUInt32LE(0xffffffff, 22);
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(extra.length, 28);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(body.length, 20);
    entry.writeUInt32LE(content.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    parts.push(local, Buffer.from(name), extra, body);
    directory.push(entry, Buffer.from(name));
    at += 30 + name.length + extra.length + body.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, central, end]);
}
