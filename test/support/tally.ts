/**
 * Counts the points of a TAP stream that passed, failed and were skipped, and records each failure. A point is a leaf: a
 * subtest or a file counts only when nothing inside it does (a file that died before its first assertion, a test that
 * failed although all its assertions passed). Prints nothing.
 */
import { Parser } from 'tap-parser';
import type { Result } from 'tap-parser';

export interface Failure {
  /** file > test > assertion. */
  readonly name: string;
  /** The diagnostics of tap: a diff, the source around it, a stack. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface Skip {
  readonly name: string;
  /** The reason that the test gave; empty when it gave none. */
  readonly reason: string;
}

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export interface Tally {
  readonly counts: Counts;
  readonly failures: Failure[];
  readonly skips: Skip[];
  /** Write the TAP stream to it, then end it. */
  readonly parser: Parser;
}

export interface Listeners {
  /** Called when a test file is complete; `counts`: of that file. */
  readonly onFile?: (name: string, counts: Counts, milliseconds: number) => void;
  /** Called with output of a test that is not TAP. */
  readonly onOutput?: (text: string) => void;
}

const sum = (counts: Counts): number => counts.passed + counts.failed + counts.skipped;

/** Returns a tally that is updated while its parser is written to. */
export function createTally({ onFile, onOutput }: Listeners = {}): Tally {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const failures: Failure[] = [];
  const skips: Skip[] = [];
  const parser = new Parser();

  follow(parser, '', onFile);
  return { counts, failures, skips, parser };

  function follow(level: Parser, path: string, onPoint?: Listeners['onFile']): void {
    let before = { ...counts };
    level.on('extra', (text: string) => onOutput?.(text));
    level.on('child', (child: Parser) => {
      before = { ...counts };
      follow(child, `${path}${child.name} > `);
    });
    level.on('assert', (result: Result) => {
      if (isLeaf(result, before)) count(result, path);
      onPoint?.(result.name, difference(before), result.time ?? 0);
    });
  }

  function isLeaf(result: Result, before: Counts): boolean {
    if (!result.closingTestPoint || sum(counts) === sum(before)) return true;
    return !result.ok && counts.failed === before.failed;
  }

  function count(result: Result, path: string): void {
    // tap passes a file without tests; here it fails. A file that skips itself gives another reason.
    const empty = result.skip === 'no tests found';
    if (empty || (!result.ok && !result.todo)) {
      counts.failed++;
      const details = empty ? { reason: 'no tests found' } : result.diag;
      failures.push({ name: path + result.name, details: (details ?? {}) as Record<string, unknown> });
    } else if (result.skip || result.todo) {
      counts.skipped++;
      const why = result.skip || result.todo;
      skips.push({ name: path + result.name, reason: typeof why === 'string' ? why : '' });
    } else counts.passed++;
  }

  function difference(before: Counts): Counts {
    return {
      passed: counts.passed - before.passed,
      failed: counts.failed - before.failed,
      skipped: counts.skipped - before.skipped,
    };
  }
}

/** The last line of the output: `12 passed, 0 failed`, and `, 1 skipped` if any were. */
export const countsLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
