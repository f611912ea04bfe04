import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { ExportHeaders } from '../../../src/telemetry/trace/headers.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** Headers from a file of the test; what was said of it is in `said`. */
function fromFile(t: Test, content: string) {
  const file = join(t.testdir({}), 'headers');
  const write = (text: string): void => {
    writeFileSync(file, text);
    chmodSync(file, 0o600);
  };
  write(content);
  const clock = new FakeClock();
  const said: string[] = [];
  const events = { headersRead: () => said.push('read'), headersRefused: (why: string) => said.push(why) };
  const headers = new ExportHeaders({ list: content, file }, clock, events);
  t.teardown(() => headers.close());
  return {
    headers,
    said,
    async change(text: string): Promise<void> {
      write(text);
      for (let looks = 0; looks < 2; looks++) {
        clock.advance(1000);
        while (clock.pending === 0) await setImmediate();
      }
    },
  };
}

t.test('are those of the list, or none', (t) => {
  const events = { headersRead() {}, headersRefused() {} };
  const of = (list?: string) => new ExportHeaders({ list, file: undefined }, new FakeClock(), events).now;
  t.strictSame(of('a=1'), { a: '1' });
  t.strictSame(of(), {});
  t.end();
});

t.test('are those that the file holds now', async (t) => {
  const { headers, said, change } = fromFile(t, 'x-key=old');
  await change('x-key=new\n');
  t.strictSame(headers.now, { 'x-key': 'new' });
  t.strictSame(said, ['read']);
});

t.test('stay what they were while the file cannot be used', async (t) => {
  const { headers, said, change } = fromFile(t, 'x-key=old');
  await change('planted');
  t.strictSame(headers.now, { 'x-key': 'old' });
  t.match(said, [/is not a list of headers/]);
  t.notMatch(said.join(), 'planted');
  await change('x-key=new');
  t.strictSame(headers.now, { 'x-key': 'new' });
});
