/** The file of the audit log, through everything that befalls it: restarts, cuts, rotation, a second writer. */
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { AuditFile } from '../../../src/telemetry/audit/file.ts';
import { linesOf } from '../../../src/telemetry/audit/lines.ts';
import { verify } from '../../../src/telemetry/audit/verify.ts';

const GOES_ON = { event: 'sys_monitor_enabled:server,audit' };

function open(t: Test, path: string): AuditFile {
  const file = new AuditFile(path, () => GOES_ON);
  t.teardown(() => file.close());
  return file;
}

const pathOf = (t: Test): string => join(t.testdir({}), 'audit.jsonl');

async function verdictOf(...files: string[]) {
  return verify(
    (async function* () {
      for (const file of files) yield* linesOf(file);
    })(),
  );
}

const eventsIn = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { event: string }).event);

t.test('writes lines that others may not read, each with the digest of the one before', async (t) => {
  const path = pathOf(t);
  const file = open(t, path);
  t.equal(file.lastEvent, undefined);
  file.append({ event: 'a' });
  file.append({ event: 'b' });
  t.equal(statSync(path).mode & 0o007, 0);
  t.match(await verdictOf(path), { entries: 2, faults: [], notes: [], last: file.link });
});

t.test('goes on with the chain after a restart', async (t) => {
  const path = pathOf(t);
  open(t, path).append({ event: 'a' });
  const second = open(t, path);
  t.equal(second.lastEvent, 'a');
  second.append({ event: 'b' });
  t.match(await verdictOf(path), { entries: 2, faults: [], notes: [] });
});

t.test('goes on with the chain after a crash in the middle of a line, wherever that is', async (t) => {
  const path = pathOf(t);
  const first = open(t, path);
  first.append({ event: 'a' });
  const { size: whole } = statSync(path);
  first.append({ event: 'b', of: 'some length' });
  const { size } = statSync(path);
  for (let at = whole + 1; at < size; at++) {
    const cut = `${path}.${at}`;
    copyFileSync(path, cut);
    truncateSync(cut, at);
    open(t, cut).append({ event: 'c' });
    const { faults, last } = await verdictOf(cut);
    t.strictSame(faults, [], `cut at ${at}`);
    t.equal(last?.seq, 3);
  }
});

t.test('a cut line that is taken away or changed afterwards is missed', async (t) => {
  const path = pathOf(t);
  open(t, path).append({ event: 'a' });
  appendFileSync(path, '{"stream":"audit","seq":2,"ev');
  open(t, path).append({ event: 'c' });
  const [one, cut, three] = readFileSync(path, 'utf8').trimEnd().split('\n') as [string, string, string];
  t.match((await verdictOf(path)).notes, [/:2 was cut while it was written, as the entry behind it says/]);
  for (const lines of [
    [one, three],
    [one, cut.replace('2', '3'), three],
  ]) {
    writeFileSync(path, `${lines.join('\n')}\n`);
    t.not((await verdictOf(path)).faults.length, 0);
  }
});

t.test('carries the chain over into a new file when the old one was renamed', async (t) => {
  const path = pathOf(t);
  const file = open(t, path);
  file.append({ event: 'a' });
  renameSync(path, `${path}.1`);
  file.append({ event: 'b' });
  t.strictSame(eventsIn(path), [GOES_ON.event, 'b']);
  t.match(await verdictOf(`${path}.1`, path), { entries: 3, faults: [], notes: [] });
  t.match((await verdictOf(path)).notes, [/^The first entry is number 2/]);
  // As logrotate with `create` does.
  renameSync(path, `${path}.2`);
  writeFileSync(path, '', { mode: 0o600 });
  file.append({ event: 'c' });
  t.match(await verdictOf(`${path}.1`, `${path}.2`, path), { entries: 5, faults: [], notes: [] });
});

t.test('goes on when the file was copied and cut to nothing; what came between is missed', async (t) => {
  const path = pathOf(t);
  const file = open(t, path);
  file.append({ event: 'a' });
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
  file.append({ event: 'b' });
  t.match(await verdictOf(`${path}.1`, path), { entries: 3, faults: [], notes: [] });

  copyFileSync(path, `${path}.2`);
  file.append({ event: 'lost' });
  truncateSync(path);
  file.append({ event: 'd' });
  t.match((await verdictOf(`${path}.1`, `${path}.2`, path)).faults, [/^Entry 4 is missing before/]);
});

t.test('two processes write one chain while one takes over from the other', async (t) => {
  const path = pathOf(t);
  const old = open(t, path);
  old.append({ event: 'a' });
  const fresh = open(t, path);
  fresh.append({ event: 'b' });
  old.append({ event: 'c' });
  fresh.append({ event: 'd' });
  t.strictSame(eventsIn(path), ['a', 'b', 'c', 'd']);
  t.match(await verdictOf(path), { entries: 4, faults: [] });
});

t.test('refuses a file that every user may write to, and what is no file', (t) => {
  const folder = t.testdir({ audit: '' });
  chmodSync(join(folder, 'audit'), 0o666);
  const opening = (path: string) => () => new AuditFile(path, () => GOES_ON);
  t.throws(opening(join(folder, 'audit')), /can be changed by every user/);
  t.throws(opening(folder), { code: 'EISDIR' });
  t.throws(opening(join(folder, 'none', 'audit')), { code: 'ENOENT' });
  t.end();
});
