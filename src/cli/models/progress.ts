/** How far a download is: one line that redraws itself for people, a line for every tenth otherwise. */
import { Presets, SingleBar } from 'cli-progress';
import { formatSize } from '../../config/size.ts';
import type { Terminal } from '../terminal.ts';

export interface Progress {
  /** Bytes that are there, of all. */
  at(bytes: number): void;
  stop(): void;
}

const MiB = 1024 ** 2;

export function showProgress(name: string, total: number, terminal: Terminal): Progress {
  return terminal.watched ? barOf(name, total, terminal) : linesOf(name, total, terminal);
}

function barOf(name: string, total: number, { unicode }: Terminal): Progress {
  const format = `${name} {bar} {percentage} %  {mib} of ${(total / MiB).toFixed(1)} MiB  {eta_formatted}`;
  const progress = new SingleBar(
    { format, hideCursor: true },
    unicode ? Presets.shades_classic : Presets.legacy,
  );
  progress.start(total, 0, { mib: '0.0' });
  return {
    at: (bytes) => progress.update(bytes, { mib: (bytes / MiB).toFixed(1) }),
    stop: () => progress.stop(),
  };
}

function linesOf(name: string, total: number, terminal: Terminal): Progress {
  let told = -1;
  return {
    at(bytes) {
      const tenth = Math.floor((bytes / total) * 10);
      if (tenth <= told) return;
      told = tenth;
      terminal.err(`${name}: ${tenth * 10} % of ${formatSize(total)}`);
    },
    stop: () => undefined,
  };
}
