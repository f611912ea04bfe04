/** How far a transfer is, whose length is known only once it begins. */
import { showProgress, type Progress } from '../models/progress.ts';
import type { Terminal } from '../terminal.ts';

export interface Transfer {
  readonly at: (bytes: number, all: number) => void;
  /** May be called twice. */
  readonly stop: () => void;
}

export function transfer(name: string, terminal: Terminal): Transfer {
  let shown: { readonly all: number; readonly progress: Progress } | undefined;
  const stop = (): void => {
    shown?.progress.stop();
    shown = undefined;
  };
  return {
    at(bytes, all) {
      if (all === 0) return;
      if (shown?.all !== all) {
        stop();
        shown = { all, progress: showProgress(name, all, terminal) };
      }
      shown.progress.at(bytes);
    },
    stop,
  };
}
