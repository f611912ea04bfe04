import t from 'tap';
import { openingOf, roundOf, samplesOf } from '../../src/federated/settings.ts';

t.test('a round has defaults, and what the query says', async (t) => {
  t.strictSame(openingOf('version=1'), {
    version: '1',
    settings: { minClients: 2, maxClients: 100, method: 'mean', trim: 0.2, clip: 'median', maxSamples: 1000 },
  });
  t.match(openingOf('version=2&min_clients=200&method=trimmed-mean&trim=0.25&clip=1.5&max_samples=10'), {
    settings: {
      minClients: 200,
      maxClients: 200,
      method: 'trimmed-mean',
      trim: 0.25,
      clip: 1.5,
      maxSamples: 10,
    },
  });
  t.equal(openingOf('version=1&clip=none').settings.clip, 'none');
});

t.test('what is out of range is named', async (t) => {
  const cases = [
    ['', '/version'],
    ['version=stable', '/version'],
    ['version=1&version=2', '/version'],
    ['version=1&min_clients=1', '/min_clients'],
    ['version=1&min_clients=5&max_clients=4', '/max_clients'],
    ['version=1&max_clients=10001', '/max_clients'],
    ['version=1&max_clients=1e3', '/max_clients'],
    ['version=1&method=sum', '/method'],
    ['version=1&trim=0.5', '/trim'],
    ['version=1&trim=-0.1', '/trim'],
    ['version=1&trim=NaN', '/trim'],
    ['version=1&clip=0', '/clip'],
    ['version=1&clip=1e9', '/clip'],
    ['version=1&max_samples=0', '/max_samples'],
  ] as const;
  for (const [query, pointer] of cases)
    t.throws(() => openingOf(query), { code: 'BAD_QUERY', pointer }, query);
  t.throws(() => openingOf('version=1&clients=5'), { code: 'BAD_QUERY' });
});

t.test('samples and the number of a round', async (t) => {
  t.equal(samplesOf('samples=12'), 12);
  for (const query of [
    '',
    'samples=0',
    'samples=1000001',
    'samples=1.5',
    'samples=1&samples=2',
    'samples=1&x=2',
  ])
    t.throws(() => samplesOf(query), { code: 'BAD_QUERY', pointer: '/samples' }, query);
  t.equal(roundOf('12'), 12);
  for (const text of [undefined, '0', '01', '-1', 'latest', '1e3', '../1', '1234567890'])
    t.throws(() => roundOf(text), { code: 'ROUND_NOT_FOUND' });
});
