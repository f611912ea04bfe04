/** The entry of the program: one command line in, one exit code out. */
import { run } from './cli/program.ts';
import { systemTerminal } from './cli/terminal.ts';

// Set, never exit(): ending the process over a busy worker thread would abort it.
process.exitCode = await run(process.argv.slice(2), systemTerminal());
