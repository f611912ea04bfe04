/**
 * Files of NumPy's format .npy: a type, a shape, and the elements. Format:
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
import { ServingError } from '../errors.ts';
import type { Datatype } from './tensor.ts';

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');

/** A header is read no further; NumPy itself refuses longer ones. */
const MAX_HEADER_BYTES = 10_000;

/** By NumPy's name, without the byte order of types of more than one byte. */
const TYPES: Readonly<Record<string, Datatype>> = {
  b1: 'BOOL',
  u1: 'UINT8',
  i1: 'INT8',
  u2: 'UINT16',
  i2: 'INT16',
  u4: 'UINT32',
  i4: 'INT32',
  u8: 'UINT64',
  i8: 'INT64',
  f2: 'FP16',
  f4: 'FP32',
  f8: 'FP64',
};

export interface Npy {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /** The rest of the file. */
  readonly data: Buffer;
}

export const isNpy = (body: Buffer): boolean => body.subarray(0, MAGIC.length).equals(MAGIC);

/** @throws ServingError BAD_SHAPE, for what is damaged, or in an order or of a type that is not read */
export function readNpy(body: Buffer): Npy {
  // The length of the header has 2 bytes in version 1, 4 since.
  const wide = (body[MAGIC.length] ?? 0) > 1;
  const start = MAGIC.length + 2 + (wide ? 4 : 2);
  if (body.length < start) throw refusal('ends within its header');
  const length = wide ? body.readUInt32LE(start - 4) : body.readUInt16LE(start - 2);
  if (length > MAX_HEADER_BYTES || body.length < start + length) throw refusal('ends within its header');
  const header = body.toString('latin1', start, start + length);
  const type = /'descr':\s*'([<>=|])(\w+)'/.exec(header);
  const order = /'fortran_order':\s*(True|False)/.exec(header);
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(header);
  if (type === null || order === null || shape === null)
    throw refusal('has a header that is not read: save plain numbers');
  const [, endian, name] = type;
  const datatype = TYPES[name!];
  if (datatype === undefined) throw refusal(`has the type ${name}, which is not read: save plain numbers`);
  if (endian === '>') throw refusal('is big-endian: save it in the byte order of x86 and ARM');
  if (order[1] === 'True') throw refusal('is in Fortran order: save numpy.ascontiguousarray(x)');
  const lengths = shape[1]!.split(',').flatMap((text) => (text.trim() === '' ? [] : [Number(text)]));
  return { datatype, shape: lengths, data: body.subarray(start + length) };
}

/** The head of a `.npy` file, of version 1; the elements follow it, little-endian and row-major. */
export function npyHead({ datatype, shape }: Omit<Npy, 'data'>): Buffer {
  const name = Object.keys(TYPES).find((key) => TYPES[key] === datatype)!;
  const order = name.endsWith('1') ? '|' : '<';
  const lengths = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '${order}${name}', 'fortran_order': False, 'shape': (${lengths}), }`;
  const start = MAGIC.length + 4;
  // The elements begin at a multiple of 64.
  const length = Math.ceil((start + header.length + 1) / 64) * 64 - start;
  const head = Buffer.alloc(start + length, ' ');
  MAGIC.copy(head);
  head.writeUInt8(1, MAGIC.length);
  head.writeUInt8(0, MAGIC.length + 1);
  head.writeUInt16LE(length, MAGIC.length + 2);
  head.write(header, start, 'latin1');
  head.write('\n', start + length - 1);
  return head;
}

const refusal = (fault: string): ServingError => new ServingError('BAD_SHAPE', `The .npy file ${fault}.`);
