/** How far a command of several steps is: one line that redraws itself for people, a line for every tenth of a step otherwise. */
import { Presets, SingleBar } from 'cli-progress';
import type { Terminal } from '../terminal.ts';

export interface Steps {
  /** `step`: what is being done, in a word or two. `done` of `of`; both 0 where nobody knows how far it is. */
  at(step: string, done: number, of: number): void;
  stop(): void;
}

export const showSteps = (terminal: Terminal): Steps =>
  terminal.watched ? barOf(terminal) : linesOf(terminal);

function barOf({ unicode }: Terminal): Steps {
  let bar: SingleBar | undefined;
  let shown = '';
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    at(step, done, of) {
      if (step !== shown) {
        stop();
        shown = step;
        const format = of === 0 ? `${step} ...` : `${step} {bar} {value} of {total}  {eta_formatted}`;
        bar = new SingleBar({ format, hideCursor: true }, unicode ? Presets.shades_classic : Presets.legacy);
        bar.start(Math.max(of, 1), done);
      }
      bar?.update(done);
    },
    stop,
  };
}

function linesOf(terminal: Terminal): Steps {
  let told = '';
  return {
    at(step, done, of) {
      const tenth = of === 0 ? -1 : Math.floor((done / of) * 10);
      const line = `${step} ${tenth}`;
      if (line === told) return;
      told = line;
      terminal.err(tenth < 0 ? `${step} ...` : `${step}: ${done} of ${of}`);
    },
    stop: () => undefined,
  };
}
