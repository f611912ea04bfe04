/**
 * Measures other servers side by side with ours and writes bench/results/<date>-<commit>-peers.json, peer by peer; a
 * run that was cut off goes on where it was. A peer that cannot be started is named in the results, with the reason.
 */
import { PEERS } from './peers/peers.ts';
import { FORMS } from './run/form.ts';
import { runSections } from './run/run.ts';
import { ceilings } from './sections/ceilings.ts';
import { namesOf, program } from '../tools/process/program.ts';
import { closedVersus } from './versus/closed.ts';
import { openVersus, OVERLOADED } from './versus/open.ts';
import { targetsVersus } from './versus/peer-goals.ts';
import { processorTimeVersus } from './versus/processor-time.ts';

/** The targets that hold our server against the peers that were measured in this run. */
const TARGETS = 'targets';
const PEER_NAMES = PEERS.map(({ name }) => name);
const NAMES = [...PEER_NAMES, TARGETS];

const {
  quick,
  only,
  peers = NAMES,
  report,
} = program(
  'node bench/against-peers.ts',
  'Measures other servers side by side with this one, which takes hours for all of them.',
)
  .option('--quick', 'fewer and shorter repetitions')
  .option('--peers <names>', `only these, apart by commas: ${NAMES.join(', ')}`, namesOf(NAMES))
  .option(
    '--only <names>',
    `the closed loop and the processor time beside these alone, without ceilings, overload and targets (seven minutes for one): ${PEER_NAMES.join(', ')}`,
    namesOf(PEER_NAMES),
  )
  .option('--no-report', 'write the results only')
  .parse()
  .opts<{ quick?: true; only?: readonly string[]; peers?: readonly string[]; report: boolean }>();
const sections = [
  ceilings,
  ...PEERS.flatMap((peer) => peer.models.map((model) => closedVersus(peer, model))),
  ...PEERS.map(processorTimeVersus),
  ...PEERS.filter(({ name }) => OVERLOADED.includes(name)).map(openVersus),
  targetsVersus(PEERS),
];
const inTurn = PEERS.filter(({ name }) => (only ?? peers).includes(name)).flatMap(({ name, models }) => [
  ...models.map((model) => `${name} ${model}`),
  `${name} processor time`,
  ...(only === undefined ? [`${name} open loop`] : []),
]);
const wanted = [
  ...inTurn,
  ...(only === undefined ? [ceilings.name, ...(peers.includes(TARGETS) ? [TARGETS] : [])] : []),
];
await runSections({
  form: FORMS[quick ? 'quick' : 'full'],
  part: 'peers',
  sections,
  wanted: (name) => wanted.includes(name),
  versions: Object.fromEntries(PEERS.map((peer) => [peer.package, peer.version])),
  report,
});
