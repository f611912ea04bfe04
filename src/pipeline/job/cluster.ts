/**
 * A job as a Job of the cluster that the pipeline runs in. It goes on when the pipeline ends: the next one finds it by its name and
 * waits for it.
 */
import { readFileSync } from 'node:fs';
import type { Clock } from '../../clock.ts';
import { formatDuration } from '../../config/duration.ts';
import { CallError, smallCall, type SmallAnswer, type SmallCall } from '../../outbound/small-call.ts';
import { PipelineError } from '../pipeline-error.ts';
import type { KubernetesSettings } from '../settings/load.ts';
import { pause } from '../pause.ts';
import type { Job, JobOrder } from './job.ts';
import { manifestOf, type JobManifest } from './manifest.ts';

/** Where a pod finds who it is: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

const POLL_MS = 2000;
const TIMEOUT_MS = 10_000;
/** The API server may be away for a while; the job goes on meanwhile. */
const AWAY_MS = 300_000;
/** Over the deadline of the job, for a cluster that is late to start or to end it. */
const SLACK_MS = 300_000;

export interface ClusterAccess {
  readonly origin: string;
  readonly namespace: string;
  readonly ca: string | undefined;
  /** Read for each call: a cluster renews it. */
  readonly token: () => string;
}

/** @throws PipelineError outside of a cluster */
export function accessHere(
  env: Readonly<Record<string, string | undefined>>,
  account: string = ACCOUNT,
): ClusterAccess {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  const read = (name: string): string => readFileSync(`${account}/${name}`, 'utf8').trim();
  try {
    if (host === undefined) throw new Error('KUBERNETES_SERVICE_HOST is not set');
    const named = host.includes(':') ? `[${host}]` : host;
    read('token');
    return {
      origin: `https://${named}:${port}`,
      namespace: read('namespace'),
      ca: read('ca.crt'),
      token: () => read('token'),
    };
  } catch (error) {
    throw new PipelineError(
      `train.kubernetes makes Jobs in the cluster that the pipeline runs in, and it runs in none (${(error as Error).message}): take it away to train here.`,
      'settings',
    );
  }
}

export class ClusterJob implements Job {
  readonly kind = 'kubernetes';
  readonly outlives = true;
  readonly #settings: KubernetesSettings;
  readonly #access: ClusterAccess;
  readonly #clock: Clock;

  constructor(settings: KubernetesSettings, access: ClusterAccess, clock: Clock) {
    this.#settings = settings;
    this.#access = access;
    this.#clock = clock;
  }

  async run(order: JobOrder): Promise<void> {
    const { template, container } = this.#settings;
    const manifest = manifestOf(readTemplate(template), container, order);
    await this.#create(manifest, order.signal);
    const end = this.#clock.now() + order.deadlineMs + SLACK_MS;
    let seenAt = this.#clock.now();
    for (;;) {
      const state = await this.#stateOf(manifest, order.signal);
      if (state === 'complete') return;
      const now = this.#clock.now();
      if (state !== 'away') seenAt = now;
      if (typeof state === 'object') throw failure(manifest, state.reason);
      if (now - seenAt > AWAY_MS)
        throw new PipelineError(
          `the API server of the cluster has not answered for ${formatDuration(AWAY_MS)}`,
        );
      if (now > end) {
        await this.#remove(manifest, order.signal);
        throw failure(manifest, `had not finished within ${formatDuration(order.deadlineMs)}`);
      }
      await pause(this.#clock, POLL_MS, order.signal);
    }
  }

  async #create(manifest: JobManifest, signal: AbortSignal): Promise<void> {
    const { status, text } = await this.#call('POST', '', signal, manifest);
    // There already: of this run, by a pipeline that has ended meanwhile.
    if (status === 201 || status === 409) return;
    throw new PipelineError(`the cluster does not take the Job: ${messageOf(text, status)}`);
  }

  async #stateOf(
    { metadata }: JobManifest,
    signal: AbortSignal,
  ): Promise<'running' | 'complete' | 'away' | { readonly reason: string }> {
    let answer: SmallAnswer;
    try {
      answer = await this.#call('GET', `/${metadata.name}`, signal);
    } catch (error) {
      if (error instanceof PipelineError) return 'away';
      throw error;
    }
    if (answer.status === 404) return { reason: 'was taken away by somebody' };
    if (answer.status !== 200) return 'away';
    for (const { type, status, reason, message } of conditionsOf(answer.text)) {
      if (status !== 'True') continue;
      if (type === 'Complete') return 'complete';
      if (type === 'Failed') return { reason: `failed: ${[reason, message].filter(Boolean).join(', ')}` };
    }
    return 'running';
  }

  async #remove({ metadata }: JobManifest, signal: AbortSignal): Promise<void> {
    await this.#call('DELETE', `/${metadata.name}?propagationPolicy=Background`, signal).catch(
      () => undefined,
    );
  }

  /** @throws PipelineError when there is no answer */
  async #call(
    method: SmallCall['method'],
    below: string,
    signal: AbortSignal,
    body?: object,
  ): Promise<SmallAnswer> {
    const { origin, namespace, ca, token } = this.#access;
    const jobs = `/apis/batch/v1/namespaces/${this.#settings.namespace ?? namespace}/jobs`;
    try {
      return await smallCall({
        method,
        url: new URL(`${origin}${jobs}${below}`),
        headers: { authorization: `Bearer ${token()}` },
        body: body && { type: 'application/json', text: JSON.stringify(body) },
        timeoutMs: TIMEOUT_MS,
        signal,
        ca,
      });
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      throw new PipelineError(`the API server of the cluster: ${error.message}`, 'away');
    }
  }
}

function readTemplate(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch (error) {
    throw new PipelineError(`${file} is no Job in JSON (${(error as Error).message}).`, 'settings');
  }
}

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}

function conditionsOf(text: string): readonly Condition[] {
  try {
    const { status } = JSON.parse(text) as { status?: { conditions?: readonly Condition[] } };
    return status?.conditions ?? [];
  } catch {
    return [];
  }
}

/** The API server says what is wrong in a Status. */
function messageOf(text: string, status: number): string {
  try {
    return `${(JSON.parse(text) as { message?: string }).message ?? ''} (${status})`.trim();
  } catch {
    return `status ${status}`;
  }
}

const failure = ({ metadata }: JobManifest, reason: string): PipelineError =>
  new PipelineError(
    `the Job ${metadata.name} ${reason}; kubectl logs job/${metadata.name} has what it printed`,
  );
