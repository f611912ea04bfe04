/**
 * A Grafana of the machine's own, with our dashboards, on the loopback, without a log-in: for looking, not for keeping.
 * Its settings are those of provisioning/ with other addresses; what it writes lies in a temporary folder.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ended } from '../tools/process/child-end.ts';
import { DASHBOARDS } from './panels.ts';

const PROVISIONING = join(import.meta.dirname, 'provisioning');

/** Where packages put what Grafana needs beside its program. */
const homes = (program: string): readonly string[] => [
  '/usr/share/grafana',
  join(dirname(program), '..'),
  join(dirname(program), '../share/grafana'),
];

export interface GrafanaSettings {
  /** The program `grafana`. */
  readonly program: string;
  readonly prometheusUrl: string;
  readonly port: number;
}

export class Grafana {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.url = url;
    this.#child = child;
    this.#folder = folder;
  }

  /** Does not wait until it answers: it takes some seconds, and nothing depends on it. */
  static async start({ program, prometheusUrl, port }: GrafanaSettings): Promise<Grafana> {
    const folder = await mkdtemp(join(tmpdir(), 'ortolan-grafana-'));
    await writeProvisioning(folder, prometheusUrl);
    const home = homes(program).find((place) => existsSync(join(place, 'conf/defaults.ini')));
    const child = spawn(program, ['server', ...(home === undefined ? [] : ['--homepath', home])], {
      cwd: folder,
      stdio: 'ignore',
      env: {
        ...process.env,
        GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
        GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
        GF_ANALYTICS_REPORTING_ENABLED: 'false',
        GF_AUTH_ANONYMOUS_ENABLED: 'true',
        GF_PATHS_DATA: join(folder, 'data'),
        GF_PATHS_LOGS: join(folder, 'log'),
        GF_PATHS_PLUGINS: join(folder, 'plugins'),
        GF_PATHS_PROVISIONING: join(folder, 'provisioning'),
        GF_SERVER_HTTP_ADDR: '127.0.0.1',
        GF_SERVER_HTTP_PORT: String(port),
      },
    });
    child.on('error', () => undefined); // It is seen by its page not being there.
    return new Grafana(`http://127.0.0.1:${port}`, child, folder);
  }

  async stop(): Promise<void> {
    await ended(this.#child, () => this.#child.kill('SIGTERM'));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Our provisioning, for a Prometheus and a folder of dashboards of this machine. */
export async function writeProvisioning(folder: string, prometheusUrl: string): Promise<void> {
  for (const kind of ['datasources', 'dashboards']) {
    const text = await readFile(join(PROVISIONING, kind, 'ortolan.yaml'), 'utf8');
    await mkdir(join(folder, 'provisioning', kind), { recursive: true });
    await writeFile(
      join(folder, 'provisioning', kind, 'ortolan.yaml'),
      text
        .replace('http://prometheus:9090', prometheusUrl)
        .replace('http://jaeger:16686', 'http://127.0.0.1:16686')
        .replace('/var/lib/grafana/dashboards', DASHBOARDS),
    );
  }
}
