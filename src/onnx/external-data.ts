/**
 * Which files beside it an ONNX model takes weights from: those that a tensor names as its external data, wherever in
 * the model the tensor stands. Reads the protocol buffers of onnx.proto as far as that needs, and skips the weights
 * themselves: a file that is cut off is found without loading it. The time is linear in the size of the file, whatever is
 * in it; memory grows with the names alone.
 */
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { ByteWindow } from './byte-window.ts';
import { FileWindow } from './file-window.ts';

/** The file is no ONNX model that can be read, or names files in a way that is not followed. */
export class ExternalDataError extends Error {
  override readonly name = 'ExternalDataError';
}

type Message =
  'model' | 'training' | 'function' | 'graph' | 'node' | 'attribute' | 'sparse tensor' | 'tensor' | 'entry';

/** By message of onnx.proto: the fields that can lead to a tensor, and what message each holds. */
const FIELDS: Readonly<Record<Message, ReadonlyMap<number, Message>>> = {
  model: new Map([
    [7, 'graph'],
    [20, 'training'],
    [25, 'function'],
  ]),
  training: new Map([
    [1, 'graph'],
    [2, 'graph'],
  ]),
  function: new Map([
    [7, 'node'],
    [11, 'attribute'],
  ]),
  graph: new Map([
    [1, 'node'],
    [5, 'tensor'],
    [15, 'sparse tensor'],
  ]),
  node: new Map([[5, 'attribute']]),
  attribute: new Map([
    [5, 'tensor'],
    [6, 'graph'],
    [10, 'tensor'],
    [11, 'graph'],
    [22, 'sparse tensor'],
    [23, 'sparse tensor'],
  ]),
  'sparse tensor': new Map([
    [1, 'tensor'],
    [2, 'tensor'],
  ]),
  tensor: new Map([[13, 'entry']]),
  entry: new Map(),
};

/** Field of a model. */
const GRAPH = 7;

/** Field of a tensor, and its value where the weights are in a file. A name without it is a remainder, and is not read. */
const DATA_LOCATION = 14;
const EXTERNAL = 1;

/** Fields of an entry of TensorProto.external_data. */
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;

/** Wire types of protocol buffers. */
const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;
const FIXED_32 = 5;

/** The same as in the parser that onnxruntime uses. */
const MAX_DEPTH = 100;
const MAX_LOCATIONS = 65_536;
const MAX_VARINT_BYTES = 10;
/** No message of protocol buffers is larger. */
const MAX_MESSAGE_BYTES = 2 ** 31;

/**
 * The files as paths in the folder of `model`, sorted, each once; whether they are there is not looked at, and no link is
 * followed. Empty for a model that has all its weights inside.
 * @throws ExternalDataError, and the errors of the file system
 */
export function externalFiles(model: string): string[] {
  const files = [...locationsOf(model)].map((location) => fileAt(model, location));
  return [...new Set(files)].toSorted();
}

/** A file that a model takes weights from. */
export interface ExternalFile {
  /** As the model names it. */
  readonly location: string;
  readonly path: string;
}

/**
 * The same of a model in memory, whose file is, or would be, `model`; each location once.
 * @throws ExternalDataError
 */
export function externalFilesIn(bytes: Uint8Array, model: string): ExternalFile[] {
  const locations = walkedIn(new ByteWindow(bytes), model, (walk) => walk.locations());
  return [...locations].map((location) => ({ location, path: fileAt(model, location) }));
}

function fileAt(model: string, location: string): string {
  const folder = dirname(model);
  const file = resolve(folder, location);
  const below = relative(folder, file);
  if (isAbsolute(location) || below === '' || below === '..' || below.startsWith(`..${sep}`)) {
    throw new ExternalDataError(`${model} takes weights from outside of its folder: ${location}`);
  }
  return file;
}

/**
 * Where the prepacked weights begin in the file that onnxruntime wrote beside a compiled model, in bytes.
 * @throws ExternalDataError, and the errors of the file system
 */
export function prepackedOffsets(model: string): readonly number[] {
  return walked(model, (walk) => walk.prepacked()).flatMap((entry) => {
    // The name of the kernel's weights, then offset, length and allocated length of each of its buffers.
    const [, ...buffers] = entry.split('|');
    return buffers.map((buffer) => Number(buffer.split(';')[0]));
  });
}

/** The file ends before its graph does. */
class CutError extends Error {}

const locationsOf = (model: string): ReadonlySet<string> => walked(model, (walk) => walk.locations());

const walked = <T>(model: string, read: (walk: Walk) => T): T => walkedIn(new FileWindow(model), model, read);

type Window = Pick<FileWindow, 'size' | 'byteAt' | 'textAt' | 'close'>;

function walkedIn<T>(window: Window, model: string, read: (walk: Walk) => T): T {
  try {
    return read(new Walk(window));
  } catch (error) {
    if (error instanceof CutError) {
      throw new ExternalDataError(
        `${model} is cut off (${error.message}): it is still being copied, or has to be copied again`,
      );
    }
    if (!(error instanceof RangeError)) throw error;
    throw new ExternalDataError(`${model} is no ONNX model: ${error.message}`);
  } finally {
    window.close();
  }
}

/** A message that is being read. */
interface Open {
  readonly message: Message;
  /** Position behind its last byte. */
  readonly end: number;
  key?: string;
  value?: string;
  /** Of a tensor. */
  location?: string;
  external?: boolean;
}

class Walk {
  readonly #window: Window;
  readonly #locations = new Set<string>();
  readonly #prepacked: string[] = [];
  #at = 0;
  #hasGraph = false;

  constructor(window: Window) {
    this.#window = window;
  }

  /** @throws RangeError for what is no such message */
  locations(): ReadonlySet<string> {
    this.#walk();
    return this.#locations;
  }

  /** The entries that onnxruntime has added for prepacked weights. @throws RangeError for what is no such message */
  prepacked(): readonly string[] {
    this.#walk();
    return this.#prepacked;
  }

  #walk(): void {
    const open: Open[] = [{ message: 'model', end: this.#window.size }];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      if (this.#at < top.end) this.#field(top, open);
      else this.#close(open.pop()!, open.at(-1));
    }
    if (!this.#hasGraph) throw new RangeError('it has no graph');
  }

  /** One field of `top`: opens the message in it, or steps over it. */
  #field(top: Open, open: Open[]): void {
    const tag = this.#varint(top.end);
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case VARINT:
        return this.#number(field, top);
      case FIXED_64:
        return this.#skip(8, top.end);
      case FIXED_32:
        return this.#skip(4, top.end);
      case BYTES:
        return this.#bytes(field, top, open);
      default:
        throw new RangeError(`wire type ${tag % 8} before byte ${this.#at}`);
    }
  }

  #number(field: number, top: Open): void {
    const value = this.#varint(top.end);
    if (top.message === 'tensor' && field === DATA_LOCATION) top.external = value === EXTERNAL;
  }

  #bytes(field: number, top: Open, open: Open[]): void {
    const length = this.#varint(top.end);
    const start = this.#at;
    if (top.message === 'model' && field === GRAPH) this.#graph(start + length, length);
    this.#skip(length, top.end);
    const message = FIELDS[top.message].get(field);
    if (message !== undefined) {
      if (open.length === MAX_DEPTH) throw new RangeError(`more than ${MAX_DEPTH} messages in each other`);
      this.#at = start;
      open.push({ message, end: start + length });
    } else if (top.message === 'entry' && (field === ENTRY_KEY || field === ENTRY_VALUE)) {
      const text = this.#window.textAt(start, length);
      if (/[\0\uFFFD]/.test(text)) throw new RangeError(`a text that is no UTF-8 at byte ${start}`);
      top[field === ENTRY_KEY ? 'key' : 'value'] = text;
    }
  }

  /** The graph is nearly all of a model: where a file has less than that, its end is missing. */
  #graph(end: number, length: number): void {
    this.#hasGraph = true;
    if (end <= this.#window.size || length >= MAX_MESSAGE_BYTES) return;
    throw new CutError(`it has ${this.#window.size} bytes of at least ${end}`);
  }

  #close({ message, key, value, location, external }: Open, above: Open | undefined): void {
    if (message === 'entry' && key === 'location') above!.location = value ?? '';
    if (message === 'entry' && key?.startsWith('prepacked') === true) this.#prepacked.push(value ?? '');
    if (message !== 'tensor' || external !== true || location === undefined) return;
    this.#locations.add(location);
    if (this.#locations.size > MAX_LOCATIONS) throw new RangeError(`more than ${MAX_LOCATIONS} files`);
  }

  #skip(length: number, end: number): void {
    this.#at += length;
    if (this.#at > end) throw new RangeError(`a field that ends behind its message, at byte ${end}`);
  }

  /** Lengths beyond 2^53 lose bits, and are refused as too long all the same. */
  #varint(end: number): number {
    let value = 0;
    for (let index = 0, scale = 1; index < MAX_VARINT_BYTES && this.#at < end; index++, scale *= 128) {
      const byte = this.#window.byteAt(this.#at++);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError(`a number without an end before byte ${this.#at}`);
  }
}
