/**
 * The settings of a Prometheus that runs for a while on this machine, made from prometheus.yml and its rules, so that
 * what runs here is what runs elsewhere: only addresses, intervals and the memory limit differ.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
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
  readonly global: { readonly external_labels: object };
  readonly scrape_configs: readonly { readonly job_name: string }[];
}

interface Rules {
  readonly groups: readonly { readonly interval?: string; readonly rules: readonly Rule[] }[];
}

interface Rule {
  readonly record?: string;
  readonly expr: string;
}

/** The rule whose value is the memory limit of a container. */
const MEMORY_LIMIT = 'limit:ortolan_memory:bytes';

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
        external_labels: {
          ...settings.global.external_labels,
          runbooks: `http://${self}/user/operations.txt`,
        },
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
    // Groups with a longer interval of their own would have no value for minutes.
    const here = groups.map((group) => ({
      ...group,
      interval: every,
      rules: group.rules.map(onThisMachine),
    }));
    await writeFile(join(folder, 'rules', name), stringify({ groups: here }));
  }
  return file;
}

/** No container limits the server here: the memory that it can have is what the machine has. */
const onThisMachine = (rule: Rule): Rule =>
  rule.record === MEMORY_LIMIT ? { ...rule, expr: `vector(${memoryBytes()})` } : rule;

/** The limit of the control group where there is one, else the machine's memory. */
function memoryBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}
