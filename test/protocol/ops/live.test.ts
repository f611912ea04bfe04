import t from 'tap';
import { showLive, type LiveFacts } from '../../../src/protocol/ops/live.ts';
import { exchangeOf } from '../../http/fixtures/exchange.ts';

const answered = Array.from({ length: 60 }, (_, second) => (second === 58 ? 7 : second === 59 ? 2 : 0));
const FACTS: LiveFacts = {
  uptimeMs: 61_234.5678,
  minute: { answered, failed: 3, p50Ms: 8.2567, p99Ms: 30.5 },
  saturation: 0.41666,
  models: [{ name: 'tiny', version: '2', state: 'ready', queuedRows: 4 }],
  workers: [
    { state: 'ready', busy: true },
    { state: 'ready', busy: false },
    { state: 'ready', busy: true },
    { state: 'dead', busy: true },
  ],
};

function shown(facts: LiveFacts) {
  const { exchange, response } = exchangeOf([], {}, 'GET');
  showLive(exchange, facts);
  return { response, body: JSON.parse(response.body!) as Record<string, unknown> };
}

t.test('it reports the last minute, the queue, and the busy workers', async (t) => {
  t.strictSame(shown(FACTS).body, {
    uptime_s: 61.23,
    last_minute: { answered: 9, failed: 3, answered_by_second: answered, p50_ms: 8.26, p99_ms: 30.5 },
    saturation: 0.417,
    models: [{ name: 'tiny', version: '2', state: 'ready', queued_rows: 4 }],
    workers: { busy: 2, ready: 1, dead: 1 },
  });
});

t.test('a minute without answers has no quantiles', async (t) => {
  const minute = { ...FACTS.minute, p50Ms: undefined, p99Ms: undefined };
  const { last_minute: told } = shown({ ...FACTS, minute }).body;
  t.notOk('p50_ms' in (told as object) || 'p99_ms' in (told as object));
});

t.test('it must not be cached', async (t) => {
  t.equal(shown(FACTS).response.headers.get('cache-control'), 'no-store');
});
