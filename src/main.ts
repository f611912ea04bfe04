/** The entry of the program: one command line in, one exit code out. */
import { keepCode } from './disk/code-cache.ts';

// onnxruntime's binary for Linux otherwise keeps an identity of this machine in the home folder and sends reports about
// sessions to its maker. Read when it is loaded, in the first worker thread; workers cannot change the environment.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';

keepCode(process.env);
const { run } = await import('./cli/program.ts');
const { systemTerminal } = await import('./cli/terminal.ts');

// Set, never exit(): ending the process over a busy worker thread would abort it.
process.exitCode = await run(process.argv.slice(2), systemTerminal());
