/**
 * The processes of a server, read from /proc: the one that was started, its descendants, and whoever shares a group
 * or a session with them, so that a child whose parent ended is still found. A zombie counts as gone.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Clock ticks since boot: with the pid it names a process for ever, for pids come round again. */
  readonly startedAt: number;
}

/** One line of /proc/PID/stat; undefined when the process is a zombie or the text is not such a line. */
export function parseStat(text: string): Process | undefined {
  // The name may hold spaces and parentheses: the fields are those behind the last parenthesis.
  const close = text.lastIndexOf(') ');
  const fields = text.slice(close + 2).split(' ');
  const [state] = fields;
  if (close === -1 || state === undefined || state === 'Z' || state === 'X') return undefined;
  const [parent, group, session] = fields.slice(1, 4).map(Number);
  const found = {
    pid: Number.parseInt(text, 10),
    parent: parent!,
    group: group!,
    session: session!,
    startedAt: Number(fields[19]),
  };
  return Object.values(found).every(Number.isSafeInteger) ? found : undefined;
}

/** All processes of this machine that are alive now. */
export function liveProcesses(): Process[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
      } catch {
        // It ended between the listing and the reading.
        return [];
      }
    });
}

/**
 * Those of `processes` that belong to `roots`: themselves, their descendants, and the members of the groups and
 * sessions that they lead.
 */
export function treeOf(roots: readonly Process[], processes: readonly Process[]): Process[] {
  const mine = new Set(
    processes.filter((one) => roots.some((root) => isSame(one, root))).map(({ pid }) => pid),
  );
  const leaders = new Set(roots.map(({ pid }) => pid));
  for (let before = -1; before !== mine.size;) {
    before = mine.size;
    for (const { pid, parent, group, session } of processes) {
      if (mine.has(parent) || leaders.has(group) || leaders.has(session)) {
        mine.add(pid);
        leaders.add(pid);
      }
    }
  }
  return processes.filter(({ pid }) => mine.has(pid));
}

const isSame = (one: Process, other: Process): boolean =>
  one.pid === other.pid && one.startedAt === other.startedAt;
