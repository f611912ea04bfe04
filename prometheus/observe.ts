/**
 * `make observe`: the server, a Prometheus with our rules that scrapes it, and a page that opens each panel of the
 * dashboards in Prometheus, for a developer who has no container engine. It goes on until Ctrl-C; then everything that it
 * started is gone.
 */
import { once } from 'node:events';
import { standard } from '../tools/photographs/sets.ts';
import { SteadyLoad } from '../tools/load/steady.ts';
import { freePort } from '../tools/process/free-port.ts';
import { startOrtolan } from '../tools/process/ortolan.ts';
import { readDashboards } from '../grafana/panels.ts';
import { onPath } from '../tools/process/on-path.ts';
import { numberFrom, program } from '../tools/process/program.ts';
import { panelPage } from './panel-page.ts';
import { Prometheus } from './process.ts';

const EVERY_SECONDS = 2;
const SHOWN = { span: 300, rate: 4 * EVERY_SECONDS };

/** What was started, the last first: that is the order in which it is stopped. */
const started: (() => Promise<unknown>)[] = [];
const stopping = new AbortController();

interface Options {
  readonly url?: string;
  readonly load: number;
  readonly port: number;
}

await run(
  program(
    'node prometheus/observe.ts',
    'The server and a Prometheus with its rules and panels, until Ctrl-C.',
  )
    .option('--load <n>', 'photographs a second that are sent to the server', numberFrom(0), 0)
    .option(
      '--url <url>',
      'watch a server that runs, such as http://127.0.0.1:8000, instead of one of its own',
    )
    .option('--port <n>', 'port of Prometheus; 0 takes any free one', numberFrom(0), 9090)
    .parse()
    .opts<Options>(),
);

async function run(options: Options): Promise<void> {
  const prometheus = onPath('prometheus');
  if (prometheus === undefined) {
    refuse('There is no `prometheus` on the PATH. Debian: apt-get install prometheus.');
    return;
  }
  // The terminal sends Ctrl-C to all of them; what has ended by then need not be stopped.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
  try {
    await observe(prometheus, options);
  } catch (error) {
    // What fails because it was ended is no failure.
    if (!stopping.signal.aborted) refuse(error instanceof Error ? error.message : String(error));
  } finally {
    for (const stop of started) await stop().catch(() => undefined);
  }
}

async function observe(file: string, { url, load, port }: Options): Promise<void> {
  const server = url ?? (await ownServer());
  await fetch(new URL('/health', server)).catch(() => {
    throw new Error(`Nothing answers at ${server}.`);
  });
  const prometheus = await Prometheus.start({
    program: file,
    target: new URL(server).host,
    port: port === 0 ? await freePort() : port,
    everySeconds: EVERY_SECONDS,
    page: panelPage(readDashboards(), SHOWN),
  });
  started.unshift(() => prometheus.stop());
  say('Ortolan', server);
  say('Prometheus', `${prometheus.url}/alerts`);
  say('Panels', `${prometheus.url}/user/`);
  say('Grafana', '`docker compose up` has it; any other one can import grafana/dashboards/*.json');
  if (load > 0) say('Load', `${load} photographs a second`);
  console.log('Ctrl-C ends all of it.');
  if (load > 0) await sendPhotographs(server, load);
  await stopped();
}

async function ownServer(): Promise<string> {
  console.log('Starting the server …');
  const server = await startOrtolan();
  started.unshift(() => server.stop());
  return server.origin;
}

/** Sends photographs until it is stopped, beside whatever else goes on. */
async function sendPhotographs(server: string, perSecond: number): Promise<void> {
  const steady = SteadyLoad.start({
    url: new URL('/v1/predict', server).href,
    headers: { 'content-type': 'image/jpeg' },
    bodies: (await standard()).map(({ bytes }) => bytes),
    perSecond,
    seed: 1,
  });
  started.unshift(() => steady.stop());
}

async function stopped(): Promise<void> {
  if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
}

function say(name: string, text: string): void {
  console.log(`${name.padEnd(12)}${text}`);
}

function refuse(why: string): void {
  console.error(why);
  process.exitCode = 2;
}
