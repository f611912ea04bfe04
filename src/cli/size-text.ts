/** A number of bytes for people: exact below a MiB, else in MiB with a decimal. Pure. */
import { formatSize } from '../config/size.ts';

const MiB = 1024 ** 2;

export const sizeText = (bytes: number): string =>
  bytes < MiB ? formatSize(bytes) : `${(bytes / MiB).toFixed(1)} MiB`;
