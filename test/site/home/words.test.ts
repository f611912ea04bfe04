import t from 'tap';
import { REASONS, WIDTHS } from '../../../src/protocol/schemas.ts';
import { ERRORS } from '../../../src/errors.ts';

/** The script of the page is JavaScript for browsers, checked by a configuration of its own. */
interface Words {
  duration(ms: number): string;
  percent(share: number): string;
  size(bytes: number): string;
  age(seconds: number): string;
  batchStory(batch: { size: number; reason: string; width: string }, own: number, what: string): string;
  refusal(
    status: number,
    body: object,
    retryAfter: string | null,
  ): { title: string; facts: unknown; again: boolean };
  tooLarge(bytes: number, limit: number): { sentence: string };
}

const source = new URL('../../../src/site/home/browser/words.js', import.meta.url);
const words = (await import(source.href)) as Words;

t.test('durations have only significant digits', async (t) => {
  t.equal(words.duration(0.284), '0.28 ms');
  t.equal(words.duration(9.996), '10.0 ms');
  t.equal(words.duration(42.25), '42.3 ms');
  t.equal(words.duration(99.96), '100 ms');
  t.equal(words.duration(9999.6), '10.0 s');
});

t.test('a probability is a percentage, and a small one is not shown as zero', async (t) => {
  t.equal(words.percent(0.39124), '39.1 %');
  t.equal(words.percent(1), '100.0 %');
  t.equal(words.percent(0.0001), '< 0.1 %');
  t.equal(words.percent(0), '0.0 %');
});

t.test('sizes and ages are in the unit that fits', async (t) => {
  t.strictSame([900, 1536, 20 * 1024 ** 2].map(words.size), ['900 bytes', '1.5 KiB', '20 MiB']);
  t.strictSame([5, 120, 7200, 172_800].map(words.age), ['5 s', '2 min', '2 h', '2 days']);
});

t.test('a batch is described in words for every reason and width', async (t) => {
  for (const reason of REASONS) {
    for (const width of WIDTHS) {
      const story = words.batchStory({ size: 1, reason, width }, 1, 'picture');
      t.match(story, /^It went alone\. It left [a-z].+\. It ran on .+\.$/);
      t.notMatch(story, `“${reason}”`);
    }
  }
  const story = (size: number, own: number, what: string) =>
    words.batchStory({ size, reason: 'idle', width: 'wide' }, own, what);
  t.match(story(2, 1, 'picture'), 'with 1 other picture.');
  t.match(story(5, 1, 'picture'), 'with 4 other pictures.');
  t.match(story(5, 2, 'row'), 'with 3 other rows.');
  t.match(story(2, 2, 'row'), 'It went alone.');
});

t.test('a result that was kept was in no batch', async (t) => {
  const story = words.batchStory({ size: 1, reason: 'cache', width: 'narrow' }, 1, 'picture');
  t.match(story, /^Nothing was run/);
  t.notMatch(story, /batch|thread/);
});

t.test('an unknown batch reason is shown verbatim', async (t) => {
  t.equal(
    words.batchStory({ size: 1, reason: 'moon', width: 'round' }, 1, 'row'),
    'It went alone. It left for the reason “moon”.',
  );
});

t.test('every status of an error has a title of its own', async (t) => {
  const refused = (status: number) =>
    words.refusal(status, { error: 'No.', code: 'X', retryable: true, request_id: 'r-1' }, null);
  const statuses = [...new Set(Object.values(ERRORS).map(({ status }) => status))].filter(
    // The page only sends known methods to known routes.
    (status) => status !== 405,
  );
  const titles = statuses.map((status) => refused(status).title);
  t.equal(new Set(titles).size, statuses.length);
  t.notOk(titles.includes(refused(418).title));
});

t.test('an error shows its code, status, request id and retry time', async (t) => {
  const body = { error: 'Full.', code: 'QUEUE_FULL', retryable: true, request_id: 'r-1' };
  t.strictSame(words.refusal(503, body, '2'), {
    title: 'The server cannot take it now',
    sentence: 'Full.',
    facts: [
      ['code', 'QUEUE_FULL'],
      ['status', '503'],
      ['request', 'r-1'],
      ['try again in', '2 s'],
    ],
    again: true,
  });
  t.match(
    words.tooLarge(30 * 1024 ** 2, 20 * 1024 ** 2).sentence,
    'has 30 MiB; this server takes up to 20 MiB',
  );
});
