/** What a pipeline reads and others may have written: its journal, lines of the log of predictions, its settings, answers of a server. */
import fc from 'fast-check';
import t from 'tap';
import { eventOf } from '../../src/pipeline/journal/event.ts';
import { parseJournal } from '../../src/pipeline/journal/journal.ts';
import { nextOf, runsOf } from '../../src/pipeline/journal/progress.ts';
import { lineIn } from '../../src/pipeline/data/labelled.ts';
import { rowOf } from '../../src/pipeline/data/row.ts';
import { PipelineError } from '../../src/pipeline/pipeline-error.ts';
import { expositionOf } from '../../src/pipeline/report/metrics.ts';
import { statusLines, statusOf } from '../../src/pipeline/report/status.ts';
import { accuracyOf, labelsIn, measuredOf } from '../../src/pipeline/server/accuracy.ts';
import { driftOf } from '../../src/pipeline/server/drift.ts';
import { pipelineFaults } from '../../src/pipeline/settings/load.ts';

const EVENTS = ['train', 'gate', 'load'].map((step, i) =>
  eventOf({
    kind: 'step.started',
    data: { step: step as 'train' },
    model: 'net',
    run: 'r',
    at: i + 1,
    now: i * 1000,
  }),
);
const WHOLE = Buffer.from(EVENTS.map((event) => `${JSON.stringify(event)}\n`).join(''));

t.test('a journal that is cut off anywhere is read up to its last whole line', async () => {
  fc.assert(
    fc.property(fc.nat(WHOLE.length), (end) => {
      const { events, whole } = parseJournal(WHOLE.subarray(0, end), 'j');
      const lines = WHOLE.subarray(0, end).toString().split('\n').length - 1;
      return events.length === lines && whole <= end;
    }),
  );
});

t.test('any bytes are a journal, or refused with the number of the line', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(WHOLE.length), (noise, at) => {
      const bytes = Buffer.concat([WHOLE.subarray(0, at), noise, WHOLE.subarray(at)]);
      try {
        parseJournal(bytes, 'j');
        return true;
      } catch (error) {
        return error instanceof PipelineError && /^Line \d+ of j is no event/.test(error.message);
      }
    }),
    { numRuns: 500 },
  );
});

t.test('events in any order say something of the runs', async () => {
  const kinds = fc.constantFrom(
    'run.started',
    'step.started',
    'step.failed',
    'canary.weight',
    'run.finished',
  );
  const steps = fc.constantFrom('collect', 'train', 'export', 'load', 'guard', 'promote', 'rollback');
  const event = fc.record({ kind: kinds, run: fc.constantFrom('a', 'b'), step: steps });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 20 }), (all) => {
      const events = all.map(({ kind, run, step }, i) =>
        eventOf({
          kind,
          data: {
            step,
            ms: 1,
            reason: 'x',
            trigger: 'command',
            weight: 5,
            version: '2',
            outcome: 'failed',
          } as never,
          model: 'net',
          run,
          at: i + 1,
          now: i,
        }),
      );
      for (const one of runsOf(events)) nextOf(one);
      statusLines(statusOf('net', events, { running: false, most: 5 }), 100);
      return expositionOf({ model: 'net', events, lookedAt: 1, waiting: 0 }).endsWith('\n');
    }),
  );
});

t.test('lines of a log, answers of a server and settings of any form break nothing', async () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (value, text) => {
      lineIn(text);
      const line = lineIn(JSON.stringify({ request_id: 'a', at: '2026-12-01T00:00:00Z', inputs: value }));
      for (const input of line?.inputs ?? []) if ('tensors' in input) rowOf(input.tensors, 0);
      accuracyOf(value, '1');
      measuredOf(value, '1');
      labelsIn(value);
      driftOf(value, '1');
      driftOf({ versions: value }, '1');
      measuredOf({ versions: value }, '1');
      return pipelineFaults(value).length > 0;
    }),
    { numRuns: 1000 },
  );
});
