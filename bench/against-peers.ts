/**
 * Measures other servers side by side with ours and writes bench/results/<date>-<commit>-peers.json, peer by peer; a
 * run that was cut off goes on where it was. A peer that cannot be started is named in the results, with the reason.
 *
 * The paired promises are of all peers that have had their turn; with --peers they run only when `targets` is among them.
 *
 *   node bench/against-peers.ts [--quick] [--peers mosec-cv2,fastapi,targets] [--no-report]
 */
import { parseArgs } from 'node:util';
import { FORMS } from './form.ts';
import { PEERS } from './peers/peers.ts';
import { runSections } from './run.ts';
import { ceilings } from './sections/ceilings.ts';
import { closedVersus } from './versus/closed.ts';
import { openVersus, OVERLOADED } from './versus/open.ts';
import { targetsVersus } from './versus/targets.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    peers: { type: 'string' },
    'no-report': { type: 'boolean', default: false },
  },
});
const names = values.peers?.split(',');
const TARGETS = 'targets';
const unknown = names?.find((name) => name !== TARGETS && !PEERS.some((peer) => peer.name === name));
if (unknown === undefined) {
  const peers = PEERS.filter(({ name }) => names?.includes(name) ?? true);
  const sections = [
    ceilings,
    ...PEERS.flatMap((peer) => peer.models.map((model) => closedVersus(peer, model))),
    ...PEERS.filter(({ name }) => OVERLOADED.includes(name)).map(openVersus),
    targetsVersus(PEERS),
  ];
  const chosen = [
    ceilings.name,
    ...((names?.includes(TARGETS) ?? true) ? [TARGETS] : []),
    ...peers.flatMap(({ name, models }) => [
      ...models.map((model) => `${name} ${model}`),
      `${name} open loop`,
    ]),
  ];
  await runSections({
    form: FORMS[values.quick ? 'quick' : 'full'],
    part: 'peers',
    sections,
    wanted: (name) => chosen.includes(name),
    versions: Object.fromEntries(PEERS.map((peer) => [peer.package, peer.version])),
    report: !values['no-report'],
  });
} else {
  console.error(`There is no peer ${unknown}: ${PEERS.map(({ name }) => name).join(', ')}.`);
  process.exitCode = 2;
}
