/**
 * What serving costs, computed from the figures of the same run and from nothing else: processor time and memory of an
 * answer, pods for a rate, and what the ways to save are worth. Where a figure was not taken, its row is missing.
 */
import { heading, list, table, text, type Block } from '../text/blocks.ts';
import { isOurs, type Sources } from '../text/servers.ts';
import { interval, middle, NOTHING, number, percent } from '../text/figure.ts';
import type { Pod, Results } from '../../record/results.ts';
import { ratioInterval, type Interval } from '../../record/statistics.ts';
import { answerMsOf } from './answer-cost.ts';

const MODELS = ['fp32', 'int8'] as const;
/** Connections at which processor time and memory of an answer are read: busy, and still in time. */
const CONNECTIONS = 16;
/** Share of its CPU that a pod is meant to use: what is above it is for bursts, and for a pod that is away. */
const USED = 0.6;
const RATES = [20, 100, 250];
const MS_PER_HOUR = 3_600_000;
/** Hours of a week without office hours of 12 on five days. */
const OFF_HOURS = (7 * 24 - 5 * 12) / (7 * 24);

export function costs({ own }: Sources): Block[] {
  const rows = [
    ['processor time of an answer, ms', (model: string) => answerMs(own, model)],
    ['core hours for a million answers', (model: string) => times(answerMs(own, model), 1e6 / MS_PER_HOUR)],
    ['answers a second and core with p99 inside the SLO', (model: string) => rateOfCore(own, model)],
    ['resident memory, MiB', (model: string) => middle(busy(own, model)?.rssMiB)],
    ...RATES.map(
      (rate) =>
        [
          `cores for ${rate} requests per second at ${percent(USED)} of their time`,
          (model: string) => times(answerMs(own, model), rate / 1000 / USED),
        ] as const,
    ),
  ] as const;
  if (MODELS.every((model) => answerMs(own, model) === undefined)) return [];
  const items = savings(own);
  return [
    heading(2, 'What it costs'),
    text(
      `From the tables above: processor time is *cores used* over *req/s* at ${CONNECTIONS} connections of the closed loop, memory is read there, and the`,
      'rate of a core is the highest rate within the SLO over the cores. Photographs of other sizes cost what their decoding takes.',
    ),
    table(
      1,
      ['figure', ...MODELS],
      rows.map(([what, of]) => [what, ...MODELS.map((model) => shown(of(model)))]),
    ),
    ...(items.length === 0 ? [] : [list(items)]),
  ];
}

function savings(own: Results): string[] {
  const [fp32, int8] = MODELS.map((model) => answerMs(own, model));
  const batching = gainOfBatching(own);
  const [one, eight] = [1, 8].map((rows) => runRate(own, rows));
  const half = podAt(own, 0.5);
  const whole = podAt(own, 1);
  return [
    ...(fp32 === undefined || int8 === undefined
      ? []
      : [`**int8 instead of fp32** saves ${percent(1 - int8 / fp32)} of the processor time of an answer.`]),
    ...(batching === undefined
      ? []
      : [
          `**Batching** is worth ${number(batching.median)} times (${interval(batching)}) the rows per second for a matrix-bound model${
            one === undefined || eight === undefined
              ? ''
              : `, and ${number(eight / one)} times for the model in the box (8 rows in a run over one at a time): the server finds out, there is nothing to set`
          }.`,
        ]),
    ...(half === undefined || whole === undefined
      ? []
      : [
          `**Half a CPU** instead of a whole one at ${half.offered} requests per second: half of the reservation, p99 ${shown(middle(half.p99))} ms instead of ${shown(middle(whole.p99))} ms.`,
        ]),
    ...(whole === undefined
      ? []
      : [
          `**Scaling to zero** outside of twelve hours on five days saves ${percent(OFF_HOURS)} of the hours. The first request then waits for the node, the image and a start of ${shown(middle(whole.startMs))} ms (1 CPU)${
            half === undefined ? '' : ` or ${shown(middle(half.startMs))} ms (0.5 CPU)`
          }.`,
        ]),
  ];
}

function busy({ closedLoop }: Results, model: string): Results['closedLoop'][number] | undefined {
  return closedLoop.find((row) => isOurs(row) && row.model === model && row.concurrency === CONNECTIONS);
}

const answerMs = (own: Results, model: string): number | undefined => answerMsOf(busy(own, model));

function rateOfCore({ highestRates, machine }: Results, model: string): number | undefined {
  return times(highestRates.find((row) => isOurs(row) && row.model === model)?.perSecond, 1 / machine.cores);
}

/** Rows per second of a matrix-bound model as the server batches them, over those of one at a time. */
function gainOfBatching({ targets }: Results): Interval | undefined {
  const pairs = targets.find(({ name }) => name.startsWith('matrix-bound model'))?.pairs ?? [];
  return pairs.length === 0 ? undefined : ratioInterval(pairs);
}

/** Rows per second of the bare model in the box, by rows of a run. */
function runRate({ ceilings }: Results, rows: number): number | undefined {
  const row = ceilings.find(
    ({ what, model, bucket }) => what === 'run' && model === 'fp32' && bucket === rows,
  );
  return middle(row?.perSecond);
}

function podAt({ pods }: Results, cpus: number): Pod | undefined {
  return pods.filter((pod) => pod.cpus === cpus).toSorted((a, b) => a.offered - b.offered)[0];
}

function times(value: number | undefined, by: number): number | undefined {
  return value === undefined ? undefined : value * by;
}

function shown(value: number | undefined): string {
  return value === undefined ? NOTHING : number(value);
}
