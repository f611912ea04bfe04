/**
 * Gives freed memory back to the system. glibc keeps what was freed for later: without this a process of 210 MiB had 390
 * after forty loads of a model of 5 MB, and went on to grow.
 */
type Trim = (keep: number) => number;

/** Undefined where the C library has no such function. */
let trim: Promise<Trim | undefined> | undefined;

/** Of all threads; takes some milliseconds, in which threads that allocate wait. Does nothing without glibc. */
export async function trimMemory(): Promise<void> {
  trim ??= load();
  (await trim)?.(0);
}

/** koffi is loaded here and not with this module: most workers never need it. */
async function load(): Promise<Trim | undefined> {
  try {
    const { default: koffi } = await import('koffi');
    return koffi.load('libc.so.6').func('int malloc_trim(size_t)');
  } catch {
    return undefined;
  }
}
