/**
 * The command line. Each command is a module that is loaded only when it is named: `--help` and typing
 * errors are answered without the schema, and only commands that run a model load a native addon.
 */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../version.ts';
import { CliError } from './cli-error.ts';
import type { Terminal } from './terminal.ts';

/** Gives a command its arguments, flags and action. */
export type Configure = (command: Command, terminal: Terminal) => void;

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<Configure>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  serve: {
    summary: 'serve the models over HTTP',
    load: async () => (await import('./serve.ts')).configureServe,
  },
  classify: {
    summary: 'classify images, here or on a running server',
    load: async () => (await import('./classify/classify.ts')).configureClassify,
  },
  models: {
    summary: 'list, verify, profile and download models, and route their traffic',
    load: async () => (await import('./models/commands.ts')).configureModels,
  },
  pipeline: {
    summary: 'make the next version of a model when it is time, and let it serve if it is good',
    load: async () => (await import('./pipeline/commands.ts')).configurePipeline,
  },
  drift: {
    summary: 'say what is normal for a model, and show how far its inputs and answers are from that',
    load: async () => (await import('./drift/commands.ts')).configureDrift,
  },
  artifacts: {
    summary: 'push and pull models to and from a store, restore them from backups',
    load: async () => (await import('./artifacts/commands.ts')).configureArtifacts,
  },
  keys: {
    summary: 'make, list and revoke API keys',
    load: async () => (await import('./keys/commands.ts')).configureKeys,
  },
  federated: {
    summary: 'open and close federated rounds, in which clients train a part of a model',
    load: async () => (await import('./federated/commands.ts')).configureFederated,
  },
  health: {
    summary: 'ask a running server whether it is well',
    load: async () => (await import('./health.ts')).configureHealth,
  },
  audit: {
    summary: 'check that the audit log is as it was written',
    load: async () => (await import('./audit.ts')).configureAudit,
  },
  config: {
    summary: 'show every option, its value and where the value comes from',
    load: async () => (await import('./config.ts')).configureConfig,
  },
};

const EXAMPLES = `
Examples:
  ortolan serve --port 8080
  ortolan classify cat.jpg
  ortolan models pull resnet18`;

/** Runs one command line, without `node` and the script. Resolves with the exit code; never exits. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = new Command('ortolan')
    .description('A model server for ONNX models.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help for the command')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
      outputError: (text, write) => write(text.replace(/^error: /, 'ortolan: ')),
    });
  try {
    for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
      const command = program.command(name).summary(summary).description(capital(summary));
      if (args.includes(name)) (await load())(command, terminal);
    }
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has printed its own sentence; asking for help or the version ends with code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof CliError)) throw error;
    terminal.err(`ortolan: ${error.message}`);
    return error.exitCode;
  }
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
