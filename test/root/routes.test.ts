import t from 'tap';
import type { Exchange } from '../../src/http/exchange.ts';
import { servedRoutes } from '../../src/protocol/route-set.ts';
import { ROUTE_SETS, ROUTES } from '../../src/root/routes.ts';

const all = ROUTE_SETS.flatMap(({ routes }) => Object.entries(routes));

t.test('no two routes share a name, or a method and a pattern', async (t) => {
  t.equal(Object.keys(ROUTES).length, all.length);
  t.equal(new Set(all.map(([, { method, pattern }]) => `${method} ${pattern}`)).size, all.length);
});

t.test('a route is under a heading of its own set', async (t) => {
  for (const { tags, routes } of ROUTE_SETS) {
    for (const { tag, pattern } of Object.values(routes)) t.ok(tag in tags, pattern);
  }
});

t.test('only what is answered for models is counted as work', async (t) => {
  const work = all.filter(([, { quiet }]) => !quiet).map(([, { pattern }]) => pattern);
  t.ok(work.length > 0);
  for (const pattern of work) t.match(pattern, /^\/v\d\//);
});

t.test('a handler is given the parts of the server with the exchange', async (t) => {
  const [home] = all.filter(([name]) => name === 'home').map(([, route]) => route);
  const given: unknown[] = [];
  const route = { ...home!, handle: (...both: unknown[]) => void given.push(...both) };
  const parts = { documents: 'made once' };
  const [served] = servedRoutes<typeof parts>({ tags: {}, routes: { home: route } }, parts);
  const exchange = {} as Exchange;
  void served!.handle(exchange);
  t.equal(given[0], exchange);
  t.equal(given[1], parts);
});
