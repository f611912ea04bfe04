/**
 * `make observe`: the server, a Prometheus with our rules that scrapes it, and a page that opens each panel of the
 * dashboards in Prometheus, for a developer who has no container engine. It goes on until Ctrl-C; then everything that it
 * started is gone.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { standard } from '../tools/photographs/sets.ts';
import { SteadyLoad } from '../tools/load/steady.ts';
import { freePort } from '../tools/process/free-port.ts';
import { startOrtolan } from '../tools/process/ortolan.ts';
import { readDashboards } from '../grafana/panels.ts';
import { onPath } from '../tools/process/on-path.ts';
import { panelPage } from './panel-page.ts';
import { Prometheus } from './process.ts';

const USAGE = `Usage: make observe ARGS="[--load N] [--url URL] [--port N]"

  --load N     send N photographs a second to the server
  --url URL    watch the server at URL, such as http://127.0.0.1:8000, instead of one of its own
  --port N     port of Prometheus; 0 takes any free one (default: 9090)
  --help       print this text
`;

const EVERY_SECONDS = 2;
const SHOWN = { span: 300, rate: 4 * EVERY_SECONDS };

/** What was started, the last first: that is the order in which it is stopped. */
const started: (() => Promise<unknown>)[] = [];
const stopping = new AbortController();

const options = readOptions();
if (options !== undefined) await run(options);

async function run(options: Options): Promise<void> {
  const program = onPath('prometheus');
  if (program === undefined) {
    refuse('There is no `prometheus` on the PATH. Debian: apt-get install prometheus.');
    return;
  }
  // The terminal sends Ctrl-C to all of them; what has ended by then need not be stopped.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
  try {
    await observe(program, options);
  } catch (error) {
    // What fails because it was ended is no failure.
    if (!stopping.signal.aborted) refuse(error instanceof Error ? error.message : String(error));
  } finally {
    for (const stop of started) await stop().catch(() => undefined);
  }
}

interface Options {
  readonly url: string | undefined;
  readonly perSecond: number;
  readonly port: number;
}

/** Undefined when there is nothing to start: help was asked for, or an option is wrong. Prints either. */
function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        url: { type: 'string' },
        load: { type: 'string', default: '0' },
        port: { type: 'string', default: '9090' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      console.log(USAGE.trimEnd());
      return undefined;
    }
    const [perSecond, port] = [Number(values.load), Number(values.port)];
    if (!(perSecond >= 0)) throw new Error('--load takes a number of requests per second.');
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('--port takes a port, or 0.');
    if (values.url !== undefined && !URL.canParse(values.url)) {
      throw new Error('--url takes an address such as http://127.0.0.1:8000.');
    }
    return { url: values.url, perSecond, port };
  } catch (error) {
    refuse(`${(error as Error).message}\n\n${USAGE.trimEnd()}`);
    return undefined;
  }
}

async function observe(program: string, { url, perSecond, port }: Options): Promise<void> {
  const server = url ?? (await ownServer());
  await fetch(new URL('/health', server)).catch(() => {
    throw new Error(`Nothing answers at ${server}.`);
  });
  const prometheus = await Prometheus.start({
    program,
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
  if (perSecond > 0) say('Load', `${perSecond} photographs a second`);
  console.log('Ctrl-C ends all of it.');
  if (perSecond > 0) await load(server, perSecond);
  await stopped();
}

async function ownServer(): Promise<string> {
  console.log('Starting the server …');
  const server = await startOrtolan();
  started.unshift(() => server.stop());
  return server.origin;
}

/** Sends photographs until it is stopped, beside whatever else goes on. */
async function load(server: string, perSecond: number): Promise<void> {
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
