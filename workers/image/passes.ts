/**
 * The passes of resample.as.ts, compiled to resample.wasm beside this file, on a memory that the caller passes in. Addresses
 * are byte offsets into it; only the end of the memory is checked.
 */
import { readFileSync } from 'node:fs';

export interface Memory {
  readonly buffer: ArrayBuffer;
  /** Invalidates all views of the buffer. */
  grow(pages: number): number;
}

/** Neither lib.es2024 nor @types/node declares it. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number }) => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** The parameters are described in resample.as.ts. */
type Pass = (...numbers: readonly number[]) => void;

export interface Passes {
  readonly horizontal: Pass;
  readonly vertical: Pass;
  readonly verticalFirst: Pass;
  readonly planes: Pass;
}

export const PAGE_BYTES = 65_536;

/** The compiler keeps static data, 192 bytes of it, at 1024; from here on the memory is free. */
export const STATIC_END = 2048;
/** Behind them there is room for the nine constants of planes(). */
export const CONSTANTS = STATIC_END - 48;

/** One page, which can grow to `maximum` pages. */
export const memoryOf = (maximum: number): Memory => new WebAssembly.Memory({ initial: 1, maximum });

/** Also writes the static data into the memory. */
export function passesOver(memory: Memory): Passes {
  const module = new WebAssembly.Module(readFileSync(new URL('./resample.wasm', import.meta.url)));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as Passes;
}
