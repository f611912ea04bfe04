import t, { type Test } from 'tap';
import { Audit, type AuditOutlet } from '../../../src/telemetry/audit/audit.ts';
import { BEGINNING } from '../../../src/telemetry/audit/chain.ts';
import type { AuditFacts } from '../../../src/telemetry/audit/entry.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const FACTS: AuditFacts = {
  event: 'authz_admin',
  about: ['POST /load'],
  description: 'The call was made.',
  actor: { kind: 'key', id: 'shop' },
  outcome: 'done',
};
const refusal = (id: string): AuditFacts => ({
  ...FACTS,
  event: 'authz_fail',
  actor: { kind: 'key', id },
  outcome: 'refused',
});

/** An audit log whose disk the test fills. */
function auditOf(t: Test, refusesWhenFull = false) {
  const clock = new FakeClock();
  const state = { full: false, written: [] as Record<string, unknown>[], said: [] as string[] };
  const outlet: AuditOutlet = {
    link: BEGINNING,
    lastEvent: undefined,
    append(fields) {
      if (state.full) throw new Error('ENOSPC: no space left on device, write');
      state.written.push({ ...fields });
    },
    close() {},
  };
  const counts = { written: 0, left_out: 0, dropped: 0 };
  const events = {
    entry: (result: keyof typeof counts) => void counts[result]++,
    unwritable: (reason: string) => void state.said.push(reason),
    writable: (dropped: number) => void state.said.push(`writable, ${dropped} dropped`),
    closed: () => {},
  };
  const audit = new Audit({ clock, outlet, events, refusesWhenFull });
  t.teardown(() => audit.close());
  return { audit, clock, state, counts };
}

t.test('an entry says who, what, and how it ended', (t) => {
  const { audit, state } = auditOf(t);
  audit.record({ ...FACTS, address: '192.0.2.1', requestId: 'r1', model: 'cat', version: '2' });
  t.match(state.written, [
    {
      event: 'authz_admin:shop,POST /load',
      level: 'WARN',
      actor: { kind: 'key', id: 'shop' },
      source_ip: '192.0.2.1',
      request_id: 'r1',
      outcome: 'done',
      model: 'cat',
      version: '2',
      datetime: /^\d{4}-\d\d-\d\dT.*Z$/,
    },
  ]);
  t.end();
});

t.test('what a client wrote can neither end a line, nor act on a terminal, nor add a parameter', (t) => {
  const { audit, state } = auditOf(t);
  const details = { settings: 'x'.repeat(100_000) };
  audit.record({
    ...FACTS,
    actor: { kind: 'token', id: 'a,b\n\u001b[2J\u202e' },
    model: 'x'.repeat(1000),
    details,
  });
  const line = JSON.stringify(state.written[0]);
  for (const sign of ['\n', '\u001b', '\u202e']) t.notOk(line.includes(sign));
  t.match(state.written[0]!['event'], /^authz_admin:a b/);
  t.ok(line.length < 2000);
  t.end();
});

t.test('refusals are sampled by source and by event, and the rest is counted', (t) => {
  const { audit, clock, state, counts } = auditOf(t);
  for (let times = 0; times < 10_000; times++) audit.record(refusal('abuser'));
  audit.record(refusal('other'));
  t.equal(state.written.length, 6, 'one source does not hide another');
  t.match(state.written.at(-1), { actor: { id: 'other' }, left_out: 9995 });
  for (let source = 0; source < 5000; source++) audit.record(refusal(`source ${source}`));
  t.ok(state.written.length <= 60, 'many sources do not fill the disk');
  t.equal(counts.written + counts.left_out, 15_001);
  clock.advance(60_000);
  audit.record(refusal('abuser'));
  t.match(state.written.at(-1), { actor: { id: 'abuser' } });
  audit.record(FACTS);
  t.match(state.written.at(-1), { event: /authz_admin/ }, 'what was done is never left out');
  t.end();
});

t.test('entries wait while the disk is full, in their order, and are written when it is not', (t) => {
  const { audit, clock, state, counts } = auditOf(t);
  state.full = true;
  for (let times = 0; times < 1005; times++) audit.record({ ...FACTS, requestId: String(times) });
  t.match(state.said, [/ENOSPC/], 'said once');
  t.equal(counts.dropped, 5);
  t.ok(audit.takesChanges, 'service goes on');
  clock.advance(5000);
  state.full = false;
  clock.advance(1000);
  t.strictSame(
    state.written.map((fields) => fields['request_id']),
    Array.from({ length: 1000 }, (_, at) => String(at)),
  );
  t.equal(state.said.at(-1), 'writable, 5 dropped');
  audit.record(FACTS);
  t.match(state.written.at(-1), { dropped: 5 }, 'the next entry says what is missing');
  audit.record(FACTS);
  t.notOk('dropped' in state.written.at(-1)!);
  t.equal(clock.pending, 0);
  t.end();
});

t.test('where it is asked for, changes are refused while they cannot be written down', (t) => {
  const { audit, state } = auditOf(t, true);
  t.ok(audit.takesChanges);
  state.full = true;
  audit.record(FACTS);
  t.notOk(audit.takesChanges);
  state.full = false;
  t.ok(audit.takesChanges, 'as soon as there is room');
  t.equal(state.written.length, 1);
  t.end();
});
