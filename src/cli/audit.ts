/** `ortolan audit verify`: whether files of the audit log are as they were written. */
import { InvalidArgumentError, type Command } from 'commander';
import type { Link } from '../telemetry/audit/chain.ts';
import { linesOf, type FileLine } from '../telemetry/audit/lines.ts';
import { verify, type Verdict } from '../telemetry/audit/verify.ts';
import { firstSeqOf } from '../telemetry/audit/order.ts';
import { CliError } from './cli-error.ts';
import type { Terminal } from './terminal.ts';

const LINK = /^(\d{1,15}):([0-9a-f]{64})$/;

export function configureAudit(command: Command, terminal: Terminal): void {
  command
    .command('verify')
    .description(
      'Check the chain of the audit log: lines that were changed, removed, moved, inserted or cut.',
    )
    .argument('<file...>', 'all files of one log, in any order; compressed ones (gzip) too')
    .option(
      '--link <number:digest>',
      'a link that was kept elsewhere, such as in the log of a start or a stop; the chain must have it (repeatable)',
      (text: string, before: readonly Link[] | undefined) => [...(before ?? []), linkOf(text)],
    )
    .option(
      '--mixed',
      'the lines are among others, as in the log of a container; files are then read in the order given',
    )
    .option('--json', 'print one JSON object')
    .action((files: readonly string[], typed) => verifyFiles(files, typed, terminal));
}

interface Typed {
  readonly link?: readonly Link[];
  readonly mixed?: boolean;
  readonly json?: boolean;
}

function linkOf(text: string): Link {
  const [, seq, hash] = LINK.exec(text) ?? [];
  if (hash === undefined) {
    throw new InvalidArgumentError('It is a number, a colon and 64 hexadecimal digits, as the log has it.');
  }
  return { seq: Number(seq), hash };
}

async function verifyFiles(files: readonly string[], typed: Typed, terminal: Terminal): Promise<void> {
  let verdict: Verdict;
  try {
    const ordered = typed.mixed === true ? files : await inOrder(files);
    verdict = await verify(linesOfAll(ordered), { links: typed.link ?? [], mixed: typed.mixed ?? false });
  } catch (error) {
    throw new CliError(2, `The files cannot be read: ${(error as Error).message}.`);
  }
  terminal.out(typed.json === true ? JSON.stringify(verdict, null, 2) : textOf(verdict));
  if (verdict.faults.length > 0) throw new CliError(1, 'The audit log is not as it was written.');
}

async function inOrder(files: readonly string[]): Promise<readonly string[]> {
  const starts = await Promise.all(files.map(async (file) => ({ file, seq: await firstSeqOf(file) })));
  return starts.toSorted((a, b) => a.seq - b.seq).map(({ file }) => file);
}

async function* linesOfAll(files: readonly string[]): AsyncGenerator<FileLine> {
  for (const file of files) yield* linesOf(file);
}

function textOf({ entries, faults, notes, last }: Verdict): string {
  const lines = [...faults.map((fault) => `WRONG  ${fault}`), ...notes.map((note) => `note   ${note}`)];
  if (last === undefined) return [...lines, 'There is no entry.'].join('\n');
  const holds = faults.length === 0 ? 'The chain holds' : 'The chain does not hold';
  return [...lines, `${holds}: ${entries} entries, the last with the link ${last.seq}:${last.hash}`].join(
    '\n',
  );
}
