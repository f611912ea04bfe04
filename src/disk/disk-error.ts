/** Which errors are of the file system: a disk that is full, fails, or is away. Pure. */

/** Whether a call of the file system was refused; also of one in another thread, whose error is a copy. */
export const isOfDisk = (error: unknown): boolean => error instanceof Error && 'syscall' in error;
