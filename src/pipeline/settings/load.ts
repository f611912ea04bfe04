/** Reads pipeline.json: every fault with its place, paths made absolute, times in milliseconds, what is not written filled in. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { TSchema } from 'typebox';
import { Errors } from 'typebox/schema';
import { parseDuration } from '../../config/duration.ts';
import { nearestName } from '../../config/nearest.ts';
import type { GuardConfig } from '../../repository/model-json/traffic.ts';
import { PipelineError } from '../pipeline-error.ts';
import { PipelineSchema, type PipelineJson } from './schema.ts';

/** pipeline.json as the parts take it. Paths are absolute, times in milliseconds. */
export interface PipelineSettings {
  readonly model: string;
  readonly models: string;
  readonly server: URL;
  readonly keyFile: string | undefined;
  readonly state: string;
  readonly triggers: TriggerSettings;
  readonly data: DataSettings | undefined;
  readonly train: TrainSettings;
  readonly gate: GateSettings;
  readonly sign: { readonly privateKey: string; readonly passphraseFile: string | undefined } | undefined;
  readonly push: boolean;
  readonly canary: CanarySettings;
  readonly events: { readonly url: URL; readonly tokenFile: string | undefined } | undefined;
  readonly metrics: { readonly textfile: string | undefined; readonly pushgateway: URL | undefined };
  readonly keepRuns: number;
  readonly keepVersions: number;
}

export interface TriggerSettings {
  readonly drift: boolean;
  readonly accuracy: { readonly floor: number; readonly minLabels: number } | undefined;
  readonly labels: number | undefined;
  readonly everyMs: number | undefined;
  readonly lookMs: number;
  readonly cooldownMs: number;
}

export interface DataSettings {
  readonly log: string;
  /** Callers whose labels are trained on; undefined: all. */
  readonly by: readonly string[] | undefined;
  readonly minExamples: number;
  readonly maxExamples: number;
}

export interface TrainSettings {
  readonly command: readonly string[];
  /** Undefined: a folder of the run. */
  readonly folder: string | undefined;
  readonly deadlineMs: number;
  readonly env: Readonly<Record<string, string>>;
  readonly pass: readonly string[];
  readonly kubernetes: KubernetesSettings | undefined;
}

export interface KubernetesSettings {
  readonly template: string;
  readonly container: string;
  readonly namespace: string | undefined;
}

export interface GateSettings {
  readonly held: { readonly kind: 'data' | 'images'; readonly path: string };
  readonly minAccuracy: number | undefined;
  readonly maxDrop: number | undefined;
  readonly maxClassDrop: number | undefined;
  readonly minAgreement: number | undefined;
  readonly deadlineMs: number;
}

export interface CanarySettings {
  readonly weights: readonly number[];
  readonly sticky: string | undefined;
  readonly shadow: number | undefined;
  readonly guard: GuardConfig;
  readonly feedback: { readonly maxLoss: number; readonly minLabels: number } | undefined;
  readonly deadlineMs: number;
  readonly atDeadline: 'rollback' | 'promote';
  readonly labels: readonly string[];
}

/** Enough for any pipeline.json. */
const MAX_BYTES = 256 * 1024;

/** @throws PipelineError with the file and every fault */
export function loadPipeline(file: string): PipelineSettings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new PipelineError(
      `${file} cannot be read (${code}): write one, or name it by --config.`,
      'settings',
    );
  }
  if (text.length > MAX_BYTES)
    throw new PipelineError(`${file} has more than ${MAX_BYTES} characters.`, 'settings');
  let content: unknown;
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new PipelineError(`${file} is not valid JSON: ${(error as Error).message}`, 'settings');
  }
  const faults = pipelineFaults(content);
  if (faults.length > 0)
    throw new PipelineError(faults.map((fault) => `${file}#${fault}`).join('; '), 'settings');
  return settingsOf(content as PipelineJson, dirname(resolve(file)));
}

interface Fault {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: { readonly additionalProperties?: readonly string[]; readonly allowedValues?: unknown[] };
}

/** JSON pointer and sentence for each place where the content is no pipeline; empty when it is one. */
export function pipelineFaults(content: unknown): readonly string[] {
  const [valid, faults] = Errors(PipelineSchema, content);
  if (valid) return contradictions(content as PipelineJson);
  const told = (faults as Fault[])
    // Each unknown field is reported twice: by itself as "schema is false", and by the object that refuses it.
    .filter(({ keyword }) => keyword !== 'boolean')
    .flatMap(({ keyword, instancePath, message, params }) => {
      if (keyword !== 'additionalProperties') {
        const allowed = params.allowedValues === undefined ? '' : `: ${params.allowedValues.join(', ')}`;
        return [`${instancePath} ${message}${allowed}`];
      }
      return (params.additionalProperties ?? []).map((field) => {
        const nearest = nearestName(field, Object.keys(propertiesAt(instancePath)));
        return `${instancePath}/${field} is an unknown field${nearest === undefined ? '' : ` (did you mean ${nearest}?)`}`;
      });
    });
  return [...new Set(told)];
}

function propertiesAt(pointer: string): Readonly<Record<string, TSchema>> {
  let schema = PipelineSchema as unknown as { readonly properties?: Record<string, TSchema> };
  for (const step of pointer.split('/').slice(1)) schema = schema.properties?.[step] ?? {};
  return schema.properties ?? {};
}

/** What each key allows, and they do not together. */
function contradictions({ data, gate, triggers = {}, canary = {}, metrics = {} }: PipelineJson): string[] {
  const { weights = [], guard = {} } = canary;
  const falls = weights.some((weight, at) => at > 0 && weight <= weights[at - 1]!);
  const own = (['stepWeight', 'maxWeight'] as const).find((name) => guard[name] !== undefined);
  return [
    ...((gate.data === undefined) === (gate.images === undefined)
      ? ['/gate needs data or images: what candidates are judged on']
      : []),
    ...(falls ? ['/canary/weights have to grow'] : []),
    ...(own === undefined
      ? []
      : [`/canary/guard/${own} is not for a pipeline, which promotes by itself: use /canary/weights`]),
    ...(guard.maxDisagreement !== undefined && canary.shadow === undefined
      ? ['/canary/guard/maxDisagreement compares copies: set /canary/shadow']
      : []),
    ...(metrics.textfile !== undefined && !metrics.textfile.endsWith('.prom')
      ? ['/metrics/textfile has to end in .prom: the node exporter reads no others']
      : []),
    ...(triggers.labels !== undefined && data !== undefined && triggers.labels < (data.minExamples ?? 0)
      ? ['/triggers/labels is below /data/minExamples: such a run ends at once']
      : []),
  ];
}

const HOUR_MS = 3_600_000;

function settingsOf(json: PipelineJson, folder: string): PipelineSettings {
  const { triggers = {}, train, gate, canary = {}, events, metrics = {} } = json;
  const at = (path: string): string => resolve(folder, path);
  const maybe = (path: string | undefined): string | undefined => (path === undefined ? undefined : at(path));
  return {
    model: json.model,
    models: at(json.models),
    server: new URL(json.server),
    keyFile: maybe(json.keyFile),
    state: at(json.state ?? 'pipeline'),
    triggers: {
      drift: triggers.drift ?? false,
      accuracy: triggers.accuracy && { minLabels: 50, ...triggers.accuracy },
      labels: triggers.labels,
      everyMs: triggers.every === undefined ? undefined : ms(triggers.every),
      lookMs: ms(triggers.look ?? '1m'),
      cooldownMs: ms(triggers.cooldown ?? '24h'),
    },
    data: json.data && {
      by: undefined,
      minExamples: 0,
      maxExamples: 50_000,
      ...json.data,
      log: at(json.data.log),
    },
    train: {
      command: train.command,
      folder: maybe(train.folder),
      deadlineMs: train.deadline === undefined ? HOUR_MS : ms(train.deadline),
      env: train.env ?? {},
      pass: train.pass ?? [],
      kubernetes: train.kubernetes && {
        template: at(train.kubernetes.template),
        container: train.kubernetes.container ?? 'trainer',
        namespace: train.kubernetes.namespace,
      },
    },
    gate: {
      held:
        gate.images === undefined
          ? { kind: 'data', path: at(gate.data!) }
          : { kind: 'images', path: at(gate.images) },
      minAccuracy: gate.minAccuracy,
      maxDrop: gate.maxDrop,
      maxClassDrop: gate.maxClassDrop,
      minAgreement: gate.minAgreement,
      deadlineMs: ms(gate.deadline ?? '30m'),
    },
    sign: json.sign && {
      privateKey: at(json.sign.privateKey),
      passphraseFile: maybe(json.sign.passphraseFile),
    },
    push: json.push ?? false,
    canary: {
      weights: canary.weights ?? [10],
      sticky: canary.sticky,
      shadow: canary.shadow,
      guard: canary.guard ?? {},
      feedback: canary.feedback && { maxLoss: 0.05, minLabels: 30, ...canary.feedback },
      deadlineMs: canary.deadline === undefined ? 24 * HOUR_MS : ms(canary.deadline),
      atDeadline: canary.atDeadline ?? 'rollback',
      labels: canary.labels ?? [],
    },
    events: events && { url: new URL(events.url), tokenFile: maybe(events.tokenFile) },
    metrics: {
      textfile: maybe(metrics.textfile),
      pushgateway: metrics.pushgateway === undefined ? undefined : new URL(metrics.pushgateway),
    },
    keepRuns: json.keepRuns ?? 10,
    keepVersions: json.keepVersions ?? 2,
  };
}

/** The schema has let nothing else pass. */
const ms = (text: string): number => parseDuration(text)!;
