/** The journal: what is written is there, what was cut off is not, what is foreign is refused. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Journal, JOURNAL_FILE, readJournal } from '../../../src/pipeline/journal/journal.ts';

const NOW = Date.UTC(2026, 11, 1);
const opened = (folder: string, model = 'net'): Journal => new Journal({ folder, model, now: () => NOW });

function withTwo(t: Test): { folder: string; file: string } {
  const folder = t.testdir();
  const journal = opened(folder);
  journal.append('r1', 'run.started', { trigger: 'command', reason: 'by command' });
  journal.append('r1', 'step.started', { step: 'train' });
  journal.close();
  return { folder, file: join(folder, JOURNAL_FILE) };
}

t.test('an event is a CloudEvent on a line of its own', async (t) => {
  const { file } = withTwo(t);
  const [line, second, rest] = readFileSync(file, 'utf8').split('\n');
  t.strictSame(JSON.parse(line!), {
    specversion: '1.0',
    id: 'r1.1',
    source: '/ortolan/pipelines/net',
    type: 'org.ortolan.pipeline.run.started',
    subject: 'r1',
    time: '2026-12-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    data: { model: 'net', run: 'r1', trigger: 'command', reason: 'by command' },
  });
  t.match(JSON.parse(second!), { id: 'r1.2', data: { step: 'train' } });
  t.equal(rest, '');
});

t.test('a line that was cut off is taken away, and the next event has its place', async (t) => {
  const { folder, file } = withTwo(t);
  appendFileSync(file, '{"specversion":"1.0","id":"r1.3","sou');
  t.equal(readJournal(folder).events.length, 2, 'whoever only reads sees whole lines');
  const journal = opened(folder);
  journal.append('r1', 'step.failed', { step: 'train', ms: 1, reason: 'why' });
  journal.close();
  const lines = readFileSync(file, 'utf8').split('\n');
  t.equal(lines.length, 4);
  t.match(JSON.parse(lines[2]!), { id: 'r1.3', type: 'org.ortolan.pipeline.step.failed' });
});

t.test('a line that is no event is refused with its number', async (t) => {
  const { folder, file } = withTwo(t);
  writeFileSync(file, `${readFileSync(file, 'utf8')}hello\n`);
  t.throws(() => opened(folder), /Line 3 of .* is no event of a pipeline/);
});

t.test('the journal of another model is refused', async (t) => {
  const { folder } = withTwo(t);
  t.throws(() => opened(folder, 'other'), /is the journal of the model net/);
});

t.test('a journal that has become large keeps the newest runs and what the others add up to', async (t) => {
  const folder = t.testdir();
  const journal = opened(folder);
  const reason = 'x'.repeat(40_000);
  for (let run = 1; run <= 120; run++) {
    journal.append(`r${run}`, 'run.started', { trigger: 'command', reason });
    journal.append(`r${run}`, 'step.finished', {
      step: 'export',
      ms: 1,
      facts: { version: String(run), champion: '1', digest: 'd', bytes: 1, modelJson: '' },
    });
    journal.append(`r${run}`, 'run.finished', { outcome: 'refused', reason: 'no' });
  }
  journal.cut();
  const [first] = journal.events;
  t.match(first, { data: { totals: { refused: 20 }, highest: 20 } });
  t.equal(journal.events.length, 301);
  journal.append('r121', 'run.started', { trigger: 'command', reason: 'after' });
  journal.close();
  t.equal(readJournal(folder).events.length, 302, 'the file is the one that is written to');
});
