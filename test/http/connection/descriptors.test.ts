import { closeSync, openSync } from 'node:fs';
import t from 'tap';
import { Descriptors } from '../../../src/http/connection/descriptors.ts';

/** A process with `limit` descriptors, of which 40 are in use beside those of `connections`. */
function setup(limit: number, outgoing = 16) {
  const used = { connections: 0, looks: 0 };
  const descriptors = new Descriptors(outgoing, {
    limit,
    lowestFree: () => {
      used.looks++;
      return 40 + used.connections;
    },
  });
  const opened = (connections: number): boolean => {
    used.connections = connections;
    return descriptors.hasRoomFor(connections);
  };
  return { descriptors, opened, used };
}

t.test('connections have room up to a reserve, which grows with other descriptors in use', async (t) => {
  const { opened } = setup(1024, 16);
  t.ok(opened(951));
  t.notOk(opened(952), '32 are left');
  const { opened: withFetches } = setup(1024, 64);
  t.ok(withFetches(903));
  t.notOk(withFetches(904), '80 are left');
});

t.test('with few descriptors an eighth is reserved', async (t) => {
  const { opened } = setup(96);
  t.ok(opened(43));
  t.notOk(opened(44), '12 are left');
});

t.test('there is room again when connections have closed', async (t) => {
  const { descriptors, opened } = setup(1024);
  t.notOk(opened(1000));
  t.ok(descriptors.scarce);
  t.ok(opened(800));
  t.notOk(descriptors.scarce);
});

t.test('descriptors count as scarce before room ends, so that connections are closed', async (t) => {
  const { descriptors, opened } = setup(1024);
  t.ok(opened(919));
  t.notOk(descriptors.scarce);
  t.ok(opened(920), '64 are left');
  t.ok(descriptors.scarce);
  opened(10);
  t.notOk(descriptors.scarce);
});

t.test('with few connections the system is not queried', async (t) => {
  const { opened, used } = setup(1024);
  const before = used.looks;
  for (let connections = 1; connections < 300; connections++) t.ok(opened(connections));
  t.equal(used.looks, before);
});

t.test('with no descriptor left there is no room', async (t) => {
  const facts = { limit: 100, lowestFree: () => Infinity };
  t.notOk(new Descriptors(16, facts).hasRoomFor(1));
});

t.test('without a known limit there is always room', async (t) => {
  const descriptors = new Descriptors(16, { limit: Infinity, lowestFree: () => 40 });
  t.ok(descriptors.hasRoomFor(1e6));
  t.notOk(descriptors.scarce);
});

t.test('the limit of this process is found', { skip: process.platform !== 'linux' }, async (t) => {
  const { limit } = new Descriptors(16);
  const descriptor = openSync('/', 'r');
  closeSync(descriptor);
  t.ok(limit > descriptor && limit < Infinity, String(limit));
});
