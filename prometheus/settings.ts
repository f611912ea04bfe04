/**
 * The settings of a Prometheus that runs for a while on this machine, made from prometheus.yml and its rules, so that
 * what runs here is what runs elsewhere: only addresses and intervals are others.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

const FOLDER = import.meta.dirname;

export interface Place {
  /** host:port of the server to scrape. */
  readonly target: string;
  /** host:port of this Prometheus itself. */
  readonly self: string;
  /** Seconds between scrapes, and between evaluations of the rules. */
  readonly everySeconds: number;
}

interface Settings {
  readonly global: object;
  readonly scrape_configs: readonly { readonly job_name: string }[];
}

interface Rules {
  readonly groups: readonly { readonly interval?: string }[];
}

/** Writes prometheus.yml and rules/ into `folder`. @returns the path of prometheus.yml */
export async function writeSettings(folder: string, { target, self, everySeconds }: Place): Promise<string> {
  const every = `${everySeconds}s`;
  const settings = parse(await readFile(join(FOLDER, 'prometheus.yml'), 'utf8')) as Settings;
  const addresses: Readonly<Record<string, string>> = { ortolan: target, prometheus: self };
  const file = join(folder, 'prometheus.yml');
  await writeFile(
    file,
    stringify({
      ...settings,
      global: {
        ...settings.global,
        scrape_interval: every,
        scrape_timeout: every,
        evaluation_interval: every,
      },
      scrape_configs: settings.scrape_configs.map((job) => ({
        ...job,
        static_configs: [{ targets: [addresses[job.job_name]] }],
      })),
    }),
  );
  await mkdir(join(folder, 'rules'));
  const names = (await readdir(join(FOLDER, 'rules'))).filter((name) => name.endsWith('.yml'));
  for (const name of names) {
    const { groups } = parse(await readFile(join(FOLDER, 'rules', name), 'utf8')) as Rules;
    // Nobody waits five minutes here for the rules that are made seldom.
    const often = groups.map((group) => ({ ...group, interval: every }));
    await writeFile(join(folder, 'rules', name), stringify({ groups: often }));
  }
  return file;
}
