/**
 * Five pods. Where the machine has not five CPUs, two things are measured and said for what they are: five servers behind
 * a real proxy, each with a part of a CPU and the same part of the load, which are then restarted one after the other;
 * and five whole pods in the simulator, with the processor time that one whole pod took for a request in this run. One
 * simulated pod stands beside them, to be compared with the measured one.
 */
import { SLO_MS, using, type Context, type Section } from '../run/context.ts';
import type { Form } from '../run/form.ts';
import { podLimits, type Limits } from '../run/limits.ts';
import { onlyVersion } from '../inputs/only-version.ts';
import { median } from '../record/statistics.ts';
import type { Fleet as Row, Pod } from '../record/results.ts';
import { Fleet } from '../rollout/fleet.ts';
import { SteadyLoad } from '../../tools/load/steady.ts';
import { PROXIES, proxyVersion, startProxy, type Proxy } from '../rollout/proxy.ts';
import { rollingRestart } from '../rollout/rolling-restart.ts';
import { repeat } from '../run/repetitions.ts';
import { failuresOf, goodputOf, latencyOf, valuesOf } from '../run/rows.ts';
import { simulatePods } from '../simulator/pods.ts';
import { openPhase } from '../run/phases.ts';

const MODEL = 'fp32';
const MEMORY_MIB = 512;
const HEADERS = { 'content-type': 'image/jpeg' };
/** Of simulated time. */
const SIMULATED_MS = 60_000;

type FleetForm = Form['fleet'];

async function measured(context: Context): Promise<Row[]> {
  const { fleet: form } = context.form;
  const name = PROXIES.find((one) => proxyVersion(one) !== undefined);
  if (name === undefined) throw new Error(`none of ${PROXIES.join(', ')} is on this machine`);
  const limits = Array.from({ length: form.pods }, (_, pod) => podLimits(form.ofPod, MEMORY_MIB, pod));
  try {
    const models = onlyVersion(MODEL);
    const fleet = Fleet.start(
      limits.map(({ groups, cores }) => ({ models, groups, ...(cores === undefined ? {} : { cores }) })),
    );
    return await using(fleet, (servers) =>
      using(startProxy(name, servers.addresses), (proxy) => rowsOf(context, servers, proxy, limits)),
    );
  } finally {
    for (const one of limits) await one.remove();
  }
}

async function rowsOf(
  context: Context,
  fleet: Fleet,
  proxy: Proxy,
  limits: readonly Limits[],
): Promise<Row[]> {
  const { fleet: form, podMs } = context.form;
  const contestant = {
    url: `${proxy.origin}/v1/predict`,
    headers: HEADERS,
    bodyOf: (photograph: Buffer) => photograph,
    pids: () => fleet.pids,
  };
  const rows: Row[] = [];
  for (const rate of form.rates) {
    const offered = form.ofPod * rate;
    const outcomes = await repeat(
      context,
      `${form.pods} servers, ${offered} requests per second`,
      (repetition) => openPhase(context, contestant, offered, repetition, { durationMs: podMs }),
    );
    rows.push({
      kind: 'measured',
      pods: form.pods,
      cpus: form.ofPod,
      model: MODEL,
      offered,
      ...latencyOf(outcomes),
      goodput: valuesOf(outcomes, goodputOf),
      failed: failuresOf(outcomes),
      how: `${form.pods} servers behind ${proxy.version} with ${form.ofPod} CPU and ${MEMORY_MIB} MiB each (${limits[0]!.how}) and that part of the load of pods of 1 CPU`,
    });
  }
  const last = rows.pop()!;
  return [
    ...rows,
    { ...last, restart: await restarted(context, fleet, proxy, form.ofPod * form.restartRate) },
  ];
}

async function restarted(
  context: Context,
  fleet: Fleet,
  proxy: Proxy,
  perSecond: number,
): Promise<NonNullable<Row['restart']>> {
  const { fleet: form, podMs } = context.form;
  const load = SteadyLoad.start({
    url: `${proxy.origin}/v1/predict`,
    headers: HEADERS,
    bodies: context.photographs,
    perSecond,
    seed: 1,
  });
  try {
    const { during, restarts } = await rollingRestart(fleet, load, {
      rounds: 1,
      which: Array.from({ length: form.restarts }, (_, index) => index),
      beforeMs: podMs,
      onRestart: ({ replica }) => context.progress.step(`server ${replica} restarted`),
    });
    return {
      offered: perSecond,
      restarts: restarts.length,
      seconds: during.seconds,
      sent: during.sent,
      refused: during.refused,
      failed: during.failed - during.refused,
      badExits: restarts.filter(({ code }) => code !== 0).length,
      p50: during.latencies.quantile(0.5),
      p99: during.latencies.quantile(0.99),
    };
  } finally {
    await load.stop();
  }
}

/** Milliseconds of processor time that a pod of 1 CPU took for an answer, and at which rate that was. */
function requestOf(pods: readonly Pod[]): { readonly ms: number; readonly offered: number } {
  const whole = pods.filter(({ cpus, model }) => cpus === 1 && model === MODEL);
  const busiest = whole.toSorted((a, b) => b.offered - a.offered)[0];
  if (busiest === undefined)
    throw new Error('no pod of 1 CPU was measured in this run: run the section pods');
  return { ms: (1000 * median(busiest.cpu)) / median(busiest.goodput), offered: busiest.offered };
}

async function simulated(context: Context, { pods, rates }: FleetForm): Promise<Row[]> {
  const { ms, offered: alone } = requestOf(context.results.pods);
  const rows: Row[] = [];
  for (const [count, offered] of [[1, alone] as const, ...rates.map((rate) => [pods, rate] as const)]) {
    const outcomes = [];
    for (let seed = 1; seed <= context.form.repetitions; seed++) {
      outcomes.push(
        await simulatePods({
          pods: count,
          perSecond: offered,
          requestMs: ms,
          sloMs: SLO_MS,
          forMs: SIMULATED_MS,
          seed,
        }),
      );
    }
    context.progress.step(`${count} simulated, ${offered} requests per second`);
    rows.push({
      kind: 'simulated',
      pods: count,
      cpus: 1,
      model: MODEL,
      offered,
      p50: outcomes.map(({ p50 }) => p50),
      p95: outcomes.map(({ p95 }) => p95),
      p99: outcomes.map(({ p99 }) => p99),
      p999: outcomes.map(({ p999 }) => p999),
      goodput: outcomes.map(({ goodput }) => goodput),
      failed: outcomes.reduce((sum, { failed }) => sum + failed, 0),
      how: `the server’s own policies in simulated time, requests dealt in turn, ${ms.toFixed(1)} ms of processor time for a request as the pod of 1 CPU took at ${alone} requests per second in this run`,
    });
  }
  return rows;
}

export const fivePods: Section = {
  name: 'five pods',
  steps: ({ repetitions, fleet }) => fleet.rates.length * (repetitions + 1) + 1 + fleet.restarts,
  async run(context) {
    const rows = [
      await context.attempt('five servers behind a proxy', () => measured(context)),
      await context.attempt('five simulated pods', () => simulated(context, context.form.fleet)),
    ];
    return { fleets: rows.flatMap((part) => part ?? []) };
  },
};
