/** What a reader has to know before the numbers: where they were taken, and what they do not say. */
import { heading, list, text, type Block } from '../text/blocks.ts';
import { hasPeers, type Sources } from '../text/servers.ts';
import type { Results } from '../../record/results.ts';

export function origin({ own, beside }: Sources): Block[] {
  const { machine } = own;
  const versions = { ...beside.machine.versions, ...machine.versions };
  return [
    heading(2, 'Where the numbers come from'),
    list([
      `Run: ${run(own)}.`,
      ...(beside === own || !hasPeers(beside)
        ? []
        : [
            `The peers, and our rows beside them, are of another run: ${run(beside)}. Compare within a run only.`,
          ]),
      own.form === 'full'
        ? 'Form: full, at least five repetitions of each figure.'
        : 'Form: **quick**, fewer repetitions and shorter phases than a full run: good for a first look, not for a claim.',
      `Machine: ${machineOf(own)}, ${machine.kernel}.`,
      `Cores: ${machine.pinning}`,
      `Versions: ${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}.`,
    ]),
  ];
}

/** One run in words: date, commit, and whether the commit is all of it. */
export function run({ startedAt, commit, dirty }: Results): string {
  return `${startedAt.slice(0, 16).replace('T', ' ')} UTC, commit \`${commit}\`${dirty ? ' **with uncommitted changes**' : ''}`;
}

export function howToRead(): Block[] {
  return [
    heading(2, 'How to read it'),
    list([
      '**A figure** is the median of its repetitions, with the smallest and the largest one behind it: `241 (233–246)`.',
      '**The ceiling** is what this machine does with no server in the way: as many threads as cores, each decoding a photograph and running the model, over and over. It is measured in the same run; no server passes it by more than noise, and the distance to it is what a server costs.',
      '**Closed loop**: each connection sends its next request when its last one is answered. A slow server is then asked less, so this shows the highest throughput, and flatters latency under load.',
      '**Open loop**: requests come when they come (Poisson arrivals), whatever the server does, as from many independent clients. Latency counts from the time at which a request was meant to be sent, so that a request that had to wait for a connection counts its waiting: without this (coordinated omission) a server that stalls looks good.',
      '**Goodput** is good answers within the SLO. An answer that comes too late is work done for nobody; a refusal that comes at once lets a client go elsewhere.',
      '**A difference** is claimed only of pairs taken in turn (A B A B ...): the ratio within each pair, the median of the ratios, and its 95 % interval by interpolated order statistics (Hettmansperger and Sheather, 1986). Where that interval holds 1, there is no difference to speak of. Fewer than six pairs cannot give 95 %: their interval is the smallest and largest ratio, with its own confidence behind it. Rows of other tables were minutes apart, and this kind of machine drifts by more than most differences.',
    ]),
    text(
      'The raw results, every repetition of every figure, are in `bench/results/`; `make bench` takes them anew and writes this file from them.',
    ),
  ];
}

export function skipped({ own, beside }: Sources): Block[] {
  const rows = beside === own ? own.skipped : [...own.skipped, ...beside.skipped];
  if (rows.length === 0) return [];
  const items = [...new Set(rows.map(({ what, why }) => `${what}: ${why.trim().replaceAll(/\s+/g, ' ')}`))];
  return [heading(2, 'Not measured'), list(items)];
}

/** `Intel Xeon, 2 cores, 24 GiB of memory`. */
export function machineOf({ machine }: Results): string {
  return `${machine.cpu}, ${machine.cores} cores, ${Math.round(machine.memoryBytes / 2 ** 30)} GiB of memory`;
}
