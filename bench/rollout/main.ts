/**
 * Restarts servers behind a real proxy, one after the other, under load, and counts what clients have lost: it must be
 * nothing. Exits with 1 when a request failed or a server did not end with 0.
 *
 *   node bench/rollout/main.ts [--proxy haproxy|nginx] [--replicas 2] [--rounds 5] [--rate 50] [--model fp32|int8]
 *                              [--signal SIGTERM | --freeze SECONDS] [--seed 1] [-- options of the server]
 */
import { parseArgs } from 'node:util';
import { using } from '../run/context.ts';
import { standard } from '../../tools/photographs/sets.ts';
import { onlyVersion, VERSIONS } from '../inputs/only-version.ts';
import { Fleet } from './fleet.ts';
import { SteadyLoad, type Stretch } from '../../tools/load/steady.ts';
import { PROXIES, startProxy, type Proxy } from './proxy.ts';
import { rollingRestart } from './rolling-restart.ts';

const { values, positionals } = parseArgs({
  options: {
    proxy: { type: 'string', default: 'haproxy' },
    replicas: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
    rate: { type: 'string', default: '50' },
    model: { type: 'string', default: 'fp32' },
    signal: { type: 'string', default: 'SIGTERM' },
    freeze: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
  allowPositionals: true,
});
const BEFORE_MS = 15_000;
const proxyName = PROXIES.find((name) => name === values.proxy);
const model = (['fp32', 'int8'] as const).find((name) => name === values.model);
if (proxyName === undefined || model === undefined) {
  throw new Error(
    `--proxy is one of ${PROXIES.join(', ')}; --model is one of ${Object.keys(VERSIONS).join(', ')}`,
  );
}

const options = { models: onlyVersion(model), args: positionals };
const photographs = await standard();
const replicas = Fleet.start(Array.from({ length: Number(values.replicas) }, () => options));
await using(replicas, (fleet) =>
  using(startProxy(proxyName, fleet.addresses), (proxy) => restarted(fleet, proxy)),
);

async function restarted(fleet: Fleet, proxy: Proxy): Promise<void> {
  console.log(`${proxy.version}, ${values.replicas} servers, ${model}, ${values.rate} requests per second`);
  const load = SteadyLoad.start({
    url: `${proxy.origin}/v1/predict`,
    headers: { 'content-type': 'image/jpeg' },
    bodies: photographs.map(({ bytes }) => bytes),
    perSecond: Number(values.rate),
    seed: Number(values.seed),
  });
  try {
    const { before, during, restarts } = await rollingRestart(fleet, load, {
      rounds: Number(values.rounds),
      beforeMs: BEFORE_MS,
      signal: values.signal as NodeJS.Signals,
      ...(values.freeze === undefined ? {} : { freezeMs: 1000 * Number(values.freeze) }),
      onRestart: ({ replica, code, signal, drainMs, startMs }, round) =>
        console.log(
          `round ${round}, server ${replica}: ended with ${code ?? signal} after ${seconds(drainMs)}, ready again in ${seconds(startMs)}`,
        ),
    });
    console.log(`before: ${told(before)}`);
    console.log(`during: ${told(during)}`);
    const bad = restarts.filter(({ code }) => code !== 0).length;
    console.log(
      `${restarts.length} restarts, ${during.failed} failed requests, ${bad} exit codes other than 0`,
    );
    if (during.failed + before.failed + bad > 0) process.exitCode = 1;
  } finally {
    await load.stop();
  }
}

function told({
  seconds: length,
  sent,
  good,
  passedOn,
  failed,
  failures,
  latencies,
  longestMs,
}: Stretch): string {
  const why = Object.entries(failures).map(([what, count]) => `${count} x ${what}`);
  return [
    `${length.toFixed(1)} s, ${sent} sent, ${good} answered, ${passedOn} of them by the second server asked, ${failed} failed`,
    ...(why.length === 0 ? [] : [` (${why.join(', ')})`]),
    `; p50 ${ms(latencies.quantile(0.5))}, p99 ${ms(latencies.quantile(0.99))}, longest ${ms(longestMs)}`,
  ].join('');
}

function seconds(value: number): string {
  return `${(value / 1000).toFixed(1)} s`;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
