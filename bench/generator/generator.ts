/**
 * The load generator: a process of its own, kept from phase to phase so that its code is
 * compiled. Where there is taskset it may be pinned to a core.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { ended } from '../../tools/process/child-end.ts';
import type { Outcome, Phase } from './phase.ts';
import { cores, pinned } from '../../tools/process/pinning.ts';

/** The last one. The server is free to use it too, as all the others. */
export const GENERATOR_CORE = String(cores - 1);

interface Reply {
  readonly outcome?: Outcome;
  readonly error?: string;
}

export class Generator {
  readonly #child: ChildProcess;
  #answer: ((reply: Reply) => void) | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (reply: Reply) => this.#answer?.(reply));
    child.on('exit', () => this.#answer?.({ error: 'the generator has ended' }));
  }

  /** @param onCores as taskset takes them: `1`, `0,2`; undefined leaves it free. */
  static start(onCores?: string): Generator {
    const [command, args] = pinned(onCores, process.execPath, [join(import.meta.dirname, 'child.ts')]);
    return new Generator(
      spawn(command, args, {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        serialization: 'advanced',
      }),
    );
  }

  /** @throws Error when the phase could not be played, or another one is playing. */
  async play(phase: Phase): Promise<Outcome> {
    if (this.#answer !== undefined) throw new Error('The generator plays one phase at a time.');
    const reply = await new Promise<Reply>((resolve) => {
      this.#answer = resolve;
      this.#child.send(phase);
    });
    this.#answer = undefined;
    if (reply.outcome === undefined) throw new Error(reply.error ?? 'the generator said nothing');
    return reply.outcome;
  }

  async stop(): Promise<void> {
    await ended(this.#child, () => this.#child.disconnect());
  }
}
