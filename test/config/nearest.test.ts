import t from 'tap';
import { nearestName } from '../../src/config/nearest.ts';

const KNOWN = ['port', 'host', 'maxBodyBytes', 'maxJsonBytes', 'ORTOLAN_PORT'];

const near: [string, string][] = [
  ['prot', 'port'],
  ['max_body_bytes', 'maxBodyBytes'],
  ['maxBodyByte', 'maxBodyBytes'],
  ['ORTOLAN_PORTS', 'ORTOLAN_PORT'],
];
for (const [slip, right] of near) {
  t.test(`suggests ${right} for ${slip}`, (t) => {
    t.equal(nearestName(slip, KNOWN), right);
    t.end();
  });
}

t.test('suggests no name when none is similar', (t) => {
  t.equal(nearestName('colour', KNOWN), undefined);
  t.end();
});
