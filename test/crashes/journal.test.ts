import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, renameSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Journal, takeRecord } from '../../src/crashes/journal.ts';
import { RunRecord } from '../../src/thread/run-record.ts';

/** The id of a process that has been, and is gone. */
const GONE = spawnSync(process.execPath, ['--eval', '']).pid;

/** As if a process that is gone had left what this one has written. */
function leftBehind(folder: string): void {
  for (const name of readdirSync(folder)) {
    renameSync(join(folder, name), join(folder, name.replace(`.${process.pid}.`, `.${GONE}.`)));
  }
}

t.test('says what was running when its process ended, the versions that had run least first', async (t) => {
  const folder = t.testdir();
  const journal = new Journal(folder, 4);
  t.equal(statSync(join(folder, readdirSync(folder)[0]!)).mode & 0o077, 0);
  const records = [0, 1, 2, 3].map((place) => new RunRecord({ descriptor: journal.descriptor, place }));
  journal.enter({ instance: 0, model: 'a', version: '1' });
  journal.enter({ instance: 1, model: 'b', version: '2' });
  journal.enter({ instance: 2, model: 'c', version: '1' });
  records[0]!.write('run', 1, 30);
  records[1]!.write('run', 0, 5);
  records[2]!.write('run', 1, 12);
  records[3]!.write('run', 2, 3);
  records[3]!.write('idle', 2, 3);
  t.equal(takeRecord(folder, process.pid), undefined, 'not of a process that is there');
  leftBehind(folder);
  t.strictSame(takeRecord(folder, GONE), [
    { model: 'a', version: '1', doing: 'run', runs: 5 },
    { model: 'b', version: '2', doing: 'run', runs: 42 },
  ]);
  t.strictSame(readdirSync(folder), []);
  t.equal(takeRecord(folder, GONE), undefined);
});

t.test('leaves nothing behind when it is closed', async (t) => {
  const folder = t.testdir();
  const journal = new Journal(folder, 1);
  journal.enter({ instance: 0, model: 'a', version: '1' });
  journal.close();
  t.strictSame(readdirSync(folder), []);
});

t.test('a line that was cut off, and an instance that is not named, say nothing', async (t) => {
  const folder = t.testdir();
  const journal = new Journal(folder, 2);
  new RunRecord({ descriptor: journal.descriptor, place: 0 }).write('load', 7, 0);
  new RunRecord({ descriptor: journal.descriptor, place: 1 }).write('load', 0, 0);
  journal.enter({ instance: 0, model: 'a', version: '1' });
  appendFileSync(join(folder, readdirSync(folder)[0]!), '{"instance":7,"mod');
  leftBehind(folder);
  t.strictSame(takeRecord(folder, GONE), [{ model: 'a', version: '1', doing: 'load', runs: 0 }]);
});

t.test('records of others that are gone are removed when nobody has come for them', async (t) => {
  const folder = t.testdir({ 'running.elsewhere.1.1.0': '', 'ledger.json': '{}' });
  new Journal(folder, 1);
  leftBehind(folder);
  const [left] = readdirSync(folder).filter((name) => name.includes(`.${GONE}.`));
  takeRecord(folder, 1);
  t.ok(existsSync(join(folder, left!)));
  utimesSync(join(folder, left!), 0, 0);
  takeRecord(folder, 1);
  t.strictSame(readdirSync(folder), ['ledger.json', 'running.elsewhere.1.1.0']);
});
