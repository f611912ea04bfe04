/**
 * Restarts servers behind a real proxy, one after the other, under load, and counts what clients have lost: it must be
 * nothing. Exits with 1 when a request failed or a server did not end with 0.
 */
import { Option } from 'commander';
import { onlyVersion, VERSIONS } from '../inputs/only-version.ts';
import type { ModelName } from '../record/results.ts';
import { using } from '../run/context.ts';
import { SteadyLoad, type Stretch } from '../../tools/load/steady.ts';
import { standard } from '../../tools/photographs/sets.ts';
import { numberFrom, program } from '../../tools/process/program.ts';
import { Fleet } from './fleet.ts';
import { PROXIES, startProxy, type Proxy, type ProxyName } from './proxy.ts';
import { rollingRestart } from './rolling-restart.ts';

interface Values {
  readonly proxy: ProxyName;
  readonly replicas: number;
  readonly rounds: number;
  readonly rate: number;
  readonly model: ModelName;
  readonly signal: NodeJS.Signals;
  readonly freeze?: number;
  readonly seed: number;
}

const BEFORE_MS = 15_000;
const command = program('node bench/rollout/main.ts', 'Restarts servers behind a proxy under load.')
  .argument('[options...]', 'of the server, behind --')
  .addOption(new Option('--proxy <name>').choices(PROXIES).default('haproxy'))
  .option('--replicas <n>', 'servers', numberFrom(1), 2)
  .option('--rounds <n>', 'how often each is restarted', numberFrom(1), 5)
  .option('--rate <n>', 'requests per second', numberFrom(0.1), 50)
  .addOption(new Option('--model <name>').choices(Object.keys(VERSIONS)).default('fp32'))
  .option('--signal <name>', 'that ends a server', 'SIGTERM')
  .option('--freeze <seconds>', 'stop each process for so long, instead of restarting it', numberFrom(0))
  .option('--seed <n>', 'of the arrivals', numberFrom(0), 1)
  .parse();
const values = command.opts<Values>();
const { proxy: proxyName, model } = values;

const options = { models: onlyVersion(model), args: command.args };
const photographs = await standard();
const replicas = Fleet.start(Array.from({ length: values.replicas }, () => options));
await using(replicas, (fleet) =>
  using(startProxy(proxyName, fleet.addresses), (proxy) => restarted(fleet, proxy)),
);

async function restarted(fleet: Fleet, proxy: Proxy): Promise<void> {
  console.log(`${proxy.version}, ${values.replicas} servers, ${model}, ${values.rate} requests per second`);
  const load = SteadyLoad.start({
    url: `${proxy.origin}/v1/predict`,
    headers: { 'content-type': 'image/jpeg' },
    bodies: photographs.map(({ bytes }) => bytes),
    perSecond: values.rate,
    seed: values.seed,
  });
  try {
    const { before, during, restarts } = await rollingRestart(fleet, load, {
      rounds: values.rounds,
      beforeMs: BEFORE_MS,
      signal: values.signal,
      ...(values.freeze === undefined ? {} : { freezeMs: 1000 * values.freeze }),
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
