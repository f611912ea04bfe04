/**
 * `make observe`: the server, a Prometheus with our rules that scrapes it, and the dashboards, for a developer who has no
 * container engine. Prints where to look, and goes on until Ctrl-C; then everything it started is gone.
 *
 *   node prometheus/observe.ts [--url http://127.0.0.1:8000] [--load 20] [--port 9090]
 *
 * `--url`: a server that runs already, instead of one of its own. `--load`: photographs per second, sent to it.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { standard } from '../tools/photographs/sets.ts';
import { SteadyLoad } from '../tools/load/steady.ts';
import { freePort } from '../tools/process/free-port.ts';
import { startOrtolan } from '../tools/process/ortolan.ts';
import { readDashboards } from '../grafana/panels.ts';
import { Grafana } from '../grafana/process.ts';
import { dashboardPage, pathOf } from '../grafana/sketch/page.ts';
import { onPath } from '../tools/process/on-path.ts';
import { Prometheus } from './process.ts';

const EVERY_SECONDS = 2;
const SHOWN = { span: 600, step: 5, rate: 4 * EVERY_SECONDS };
const FIRST_PAGE = '/ortolan-overview';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    load: { type: 'string' },
    port: { type: 'string', default: '9090' },
  },
});
const perSecond = Number(values.load ?? 0);
const program = onPath('prometheus');

/** What was started, the last first: that is the order in which it is stopped. */
const started: (() => Promise<unknown>)[] = [];
const stopping = new AbortController();

if (program === undefined)
  refuse('There is no `prometheus` on the PATH. Debian: apt-get install prometheus.');
else if (!(perSecond >= 0)) refuse('--load takes a number of requests per second.');
else {
  // The terminal sends Ctrl-C to all of them; what has ended by then need not be stopped.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
  try {
    await observe(program);
  } catch (error) {
    // What fails because it was ended is no failure.
    if (!stopping.signal.aborted) refuse(error instanceof Error ? error.message : String(error));
  } finally {
    for (const stop of started) await stop().catch(() => undefined);
  }
}

async function observe(program: string): Promise<void> {
  const server = values.url ?? (await ownServer());
  await fetch(`${server}/health`).catch(() => {
    throw new Error(`Nothing answers at ${server}.`);
  });
  const port = values.port === '0' ? await freePort() : Number(values.port);
  const target = new URL(server).host;
  const prometheus = await Prometheus.start({ program, target, port, everySeconds: EVERY_SECONDS });
  started.unshift(() => prometheus.stop());
  const panels = await servePanels(prometheus);
  say('Ortolan', server);
  say('Prometheus', `${prometheus.url}/alerts`);
  say('Panels', panels);
  say('Grafana', await grafana(prometheus.url));
  if (perSecond > 0) say('Load', `${perSecond} photographs a second`);
  console.log('Ctrl-C ends all of it.');
  if (perSecond > 0) await load(server);
  await stopped();
}

async function ownServer(): Promise<string> {
  console.log('Starting the server …');
  const server = await startOrtolan();
  started.unshift(() => server.stop());
  return server.origin;
}

/** The dashboards, sketched. @returns the address of the first that a person should look at */
async function servePanels(prometheus: Prometheus): Promise<string> {
  const dashboards = readDashboards();
  const pages = createServer((request, response) => {
    const dashboard = dashboards.find((one) => pathOf(one) === request.url);
    if (dashboard === undefined) {
      response.writeHead(302, { location: FIRST_PAGE }).end();
      return;
    }
    dashboardPage(dashboard, dashboards, prometheus, SHOWN).then(
      (page) => response.setHeader('content-type', 'text/html; charset=utf-8').end(page),
      (error: unknown) => response.writeHead(502).end(String(error)),
    );
  });
  pages.listen(0, '127.0.0.1');
  await once(pages, 'listening');
  started.unshift(async () => {
    pages.closeAllConnections();
    pages.close();
  });
  return `http://127.0.0.1:${(pages.address() as AddressInfo).port}${FIRST_PAGE}`;
}

/** Its address, or what to do without it. */
async function grafana(prometheusUrl: string): Promise<string> {
  const file = onPath('grafana');
  if (file === undefined) {
    return 'not on this machine; `docker compose up` has it, and any other one can import grafana/dashboards/*.json';
  }
  const running = await Grafana.start({ program: file, prometheusUrl, port: await freePort() });
  started.unshift(() => running.stop());
  return `${running.url}/dashboards (in some seconds)`;
}

async function load(server: string): Promise<void> {
  const steady = SteadyLoad.start({
    url: `${server}/v1/predict`,
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
