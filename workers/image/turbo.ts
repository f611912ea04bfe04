/**
 * The fast decoder; the only file that calls libjpeg-turbo. It decodes a JPEG to RGB, synchronously, into memory that the
 * caller owns: only the part that is needed, or at a half, a quarter or an eighth of the size. At full size the pixels
 * are those of Pillow and of sharp, bit for bit: accurate DCT, smooth upsampling. A file that it does not decode without
 * a warning is left to the slow decoder.
 *
 * It calls the library in @julusian/jpeg-turbo, not that package's own binding, which supports neither parts nor reduced
 * sizes nor the accurate DCT. No state is kept from one image to the next.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ImageHeader } from '../../src/image/header.ts';
import type { Decoder } from '../../src/thread/load.ts';
import type { Region } from './geometry.ts';
import { MAX_SCANS } from './scans.ts';

/**
 * Above this only baseline JPEGs are decoded here, and only parts or reduced: a progressive one is kept in memory as a
 * whole, and each scan passes over all of it. sharp has a time limit for that; there is none here.
 */
const MAX_PIXELS = 2_000_000;

/** Megabytes that the library may take for one image: 2 Mpx of coefficients are 12. */
const MAX_MEMORY = 64;

/** Denominators of the sizes for which the library has fast transforms. */
export type Reduction = 1 | 2 | 4 | 8;

/** A part begins at a multiple of this: 4 blocks of 8 columns, the widest unit that a JPEG is coded in. */
const UNIT = 32;
/**
 * One column at each side of a part is not exact, because its neighbours are missing, and a part of less than 5 columns is
 * upsampled in another way.
 */
const MARGIN = 8;

/** turbojpeg.h */
const TJINIT_DECOMPRESS = 1;
const TJPF_RGB = 0;
const PARAMETERS = { stopOnWarning: 0, width: 5, height: 6, scanLimit: 13, maxMemory: 23 } as const;

type Koffi = (typeof import('koffi'))['default'];
type Pointer = object;

interface Library {
  readonly init: (kind: number) => Pointer | null;
  readonly destroy: (handle: Pointer) => void;
  readonly set: (handle: Pointer, parameter: number, value: number) => number;
  readonly get: (handle: Pointer, parameter: number) => number;
  readonly readHeader: (handle: Pointer, file: Uint8Array, bytes: number) => number;
  readonly scale: (handle: Pointer, factor: { num: number; denom: number }) => number;
  readonly crop: (handle: Pointer, region: { x: number; y: number; w: number; h: number }) => number;
  readonly decode: (
    handle: Pointer,
    file: Uint8Array,
    bytes: number,
    target: Uint8Array,
    pitch: number,
    format: number,
  ) => number;
}

/**
 * By how much the fast decoder reduces this image before it is scaled to `resize`: not at all if `decoder` is `exact`, else
 * to no less than twice that size. Undefined if the image is not for the fast decoder.
 */
export function reductionOf(header: ImageHeader, resize: number, decoder: Decoder): Reduction | undefined {
  if (!header.fast) return undefined;
  const small = header.width * header.height <= MAX_PIXELS;
  if (decoder === 'exact') return small ? 1 : undefined;
  if (header.progressive && !small) return undefined;
  const short = Math.min(header.width, header.height);
  for (const reduction of [8, 4, 2] as const) {
    if (Math.ceil(short / reduction) >= 2 * resize) return reduction;
  }
  return 1;
}

export class Turbo {
  readonly #library: Library;

  private constructor(library: Library) {
    this.#library = library;
  }

  /**
   * Undefined on a platform for which the package brings no library: there sharp decodes everything.
   *
   * koffi is loaded here and not with this module: a thread that is ended while that addon loads takes the process with
   * it, and a thread that never gets a task may be ended at any time (src/pool/worker.ts).
   */
  static async open(): Promise<Turbo | undefined> {
    const library = load((await import('koffi')).default);
    return library === undefined ? undefined : new Turbo(library);
  }

  /**
   * Decodes a part of the reduced image into `target` (width * height * 3 bytes of the region, which regionOf()
   * gave). False if libjpeg-turbo reports an error or a warning: then nothing is known about the file, and `target` may be
   * half written.
   */
  decode(
    file: Uint8Array,
    header: ImageHeader,
    reduction: Reduction,
    region: Region,
    target: Uint8Array,
  ): boolean {
    if (target.length < region.width * region.height * 3) return false;
    // A new handle for each image: a used one keeps its tables, which a file without tables would then use, and after an
    // error in a header it starts to read the next file in the middle.
    const handle = this.#library.init(TJINIT_DECOMPRESS);
    if (handle === null) return false;
    try {
      return this.#decodeWith(handle, file, header, reduction, region, target);
    } finally {
      this.#library.destroy(handle);
    }
  }

  #decodeWith(
    handle: Pointer,
    file: Uint8Array,
    header: ImageHeader,
    reduction: Reduction,
    { left: x, top: y, width: w, height: h }: Region,
    target: Uint8Array,
  ): boolean {
    const library = this.#library;
    library.set(handle, PARAMETERS.stopOnWarning, 1);
    library.set(handle, PARAMETERS.scanLimit, MAX_SCANS);
    library.set(handle, PARAMETERS.maxMemory, MAX_MEMORY);
    // How much the library writes depends on the size that it has read itself.
    return (
      library.readHeader(handle, file, file.length) === 0 &&
      library.get(handle, PARAMETERS.width) === header.width &&
      library.get(handle, PARAMETERS.height) === header.height &&
      library.scale(handle, { num: 1, denom: reduction }) === 0 &&
      library.crop(handle, { x, y, w, h }) === 0 &&
      library.decode(handle, file, file.length, target, w * 3, TJPF_RGB) === 0
    );
  }
}

/** The part to decode of a `width` x `height` picture, so that the window in it is exact. */
export function regionOf(file: Uint8Array, width: number, height: number, window: Region): Region {
  const left = Math.max(0, Math.floor((window.left - MARGIN) / UNIT) * UNIT);
  const right = Math.min(width, window.left + window.width + MARGIN);
  // Rows below the part are not read, so a cut there would go unnoticed: they are left out only if the file has its end.
  const bottom = hasItsEnd(file) ? window.top + window.height : height;
  return { left, top: window.top, width: right - left, height: bottom - window.top };
}

const hasItsEnd = (file: Uint8Array): boolean => file.at(-2) === 0xff && file.at(-1) === 0xd9;

/** The shared library in the package for Linux; on other platforms it is part of the binding. */
function load(koffi: Koffi): Library | undefined {
  const manifest = createRequire(import.meta.url).resolve('@julusian/jpeg-turbo/package.json');
  const folder = join(dirname(manifest), 'prebuilds', `jpeg-turbo-${process.platform}-${process.arch}`);
  for (const name of ['libturbojpeg.so.0', 'node-napi-v10.node']) {
    try {
      return bind(koffi, koffi.load(join(folder, name)));
    } catch {
      // The file is missing, or lacks these functions.
    }
  }
  return undefined;
}

/** The functions of turbojpeg.h, version 3. */
function bind(koffi: Koffi, library: ReturnType<Koffi['load']>): Library {
  const factor = koffi.struct({ num: 'int', denom: 'int' });
  const region = koffi.struct({ x: 'int', y: 'int', w: 'int', h: 'int' });
  const handle = 'void *';
  const bytes = 'uint8_t *';
  const declare = (name: string, result: string, parameters: (string | typeof region)[]): unknown =>
    library.func(name, result, parameters);
  return {
    init: declare('tj3Init', handle, ['int']),
    destroy: declare('tj3Destroy', 'void', [handle]),
    set: declare('tj3Set', 'int', [handle, 'int', 'int']),
    get: declare('tj3Get', 'int', [handle, 'int']),
    readHeader: declare('tj3DecompressHeader', 'int', [handle, bytes, 'size_t']),
    scale: declare('tj3SetScalingFactor', 'int', [handle, factor]),
    crop: declare('tj3SetCroppingRegion', 'int', [handle, region]),
    decode: declare('tj3Decompress8', 'int', [handle, bytes, 'size_t', bytes, 'int', 'int']),
  } as Library;
}
