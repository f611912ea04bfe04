/** `ortolan serve`: the configuration, then the server, then a few lines for the person who started it. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Server } from '../root/server.ts';
import { StartError } from '../root/start-error.ts';
import { saveCode } from '../disk/code-cache.ts';
import { endWithSupervisor } from '../root/supervised.ts';
import { stopOnSignals, surviveFileLimit, surviveHangup, toggleOnSignal } from '../root/signals.ts';
import { VERSION } from '../version.ts';
import { CliError } from './cli-error.ts';
import { addConfigFlags, configOf } from './config-flags.ts';
import type { Terminal } from './terminal.ts';
import { welcomeText } from './welcome.ts';

const EXAMPLE_PHOTO = 'test/fixtures/photos/cat.jpg';

export function configureServe(command: Command, terminal: Terminal): void {
  addConfigFlags(command).action((typed) => serve(typed, terminal));
}

/** Resolves when the server is ready; it then keeps the process alive until a signal ends it. */
async function serve(typed: Record<string, unknown>, terminal: Terminal): Promise<void> {
  const { config, machine } = configOf(typed, terminal);
  // A signal that arrives during the start must not end the process.
  let server: Server | undefined;
  toggleOnSignal((signal) => server?.toggleDebug(signal));
  surviveHangup((signal) => server?.ignore(signal));
  surviveFileLimit();
  endWithSupervisor();
  const { startServer } = await import('../root/server.ts');
  try {
    server = await startServer(config);
    stopOnSignals(server);
    setImmediate(saveCode);
    // In a container stdout and stderr end in one log, where anything but JSON is noise.
    if (!terminal.watched) return;
    terminal.err(
      welcomeText({
        version: VERSION,
        url: server.url,
        workers: config.workers,
        machine,
        models: server.models,
        defaultModel: server.defaultModel,
        photo: existsSync(resolve(terminal.cwd, EXAMPLE_PHOTO)) ? EXAMPLE_PHOTO : 'photo.jpg',
      }),
    );
  } catch (error) {
    if (error instanceof StartError) throw new CliError(error.exitCode, error.message);
    throw error;
  }
}
