/**
 * The lifecycle rules of a bucket of Google Cloud Storage. They have no names: ours are those about our prefixes. They are
 * set all at once, and only if nobody else has set others since they were read.
 */
import { Readable } from 'node:stream';
import { objectIn } from '../json-object.ts';
import type { GcsRequests } from './requests.ts';
import type { Lifecycle, LifecycleRule } from '../store/store.ts';

interface GcsRule {
  readonly action: { readonly type: string };
  readonly condition: Readonly<Record<string, unknown>> & { readonly matchesPrefix?: readonly string[] };
}

export class GcsLifecycle implements Lifecycle {
  readonly #requests: GcsRequests;
  readonly #prefix: string;

  constructor(requests: GcsRequests, prefix: string) {
    this.#requests = requests;
    this.#prefix = prefix;
  }

  written(rules: readonly LifecycleRule[]): string {
    return JSON.stringify({ lifecycle: { rule: rules.flatMap((rule) => this.#rulesOf(rule)) } }, null, 2);
  }

  async apply(rules: readonly LifecycleRule[]): Promise<void> {
    const path = `/storage/v1/b/${this.#requests.bucket}`;
    const { lifecycle, metageneration } = objectIn(
      await (await this.#requests.send({ method: 'GET', path })).text(),
    );
    const before = (lifecycle as { rule?: readonly GcsRule[] } | undefined)?.rule ?? [];
    const ours = rules.flatMap((rule) => this.#rulesOf(rule));
    const places = new Set(ours.map((rule) => placeOf(rule)));
    const rule = [...before.filter((one) => !places.has(placeOf(one))), ...ours];
    const bytes = Buffer.from(JSON.stringify({ lifecycle: { rule } }));
    const answer = await this.#requests.send({
      method: 'PATCH',
      path,
      query: typeof metageneration === 'string' ? { ifMetagenerationMatch: metageneration } : {},
      headers: { 'content-type': 'application/json' },
      body: { bytes: bytes.length, open: () => Readable.from([bytes]) },
      what: 'the lifecycle of the bucket',
    });
    await answer.dismiss();
  }

  #rulesOf({ prefix, expireDays, expireOldDays, abortUploadDays }: LifecycleRule): GcsRule[] {
    const where = { matchesPrefix: [`${this.#prefix}${prefix}`] };
    const rules: GcsRule[] = [];
    const add = (type: string, condition: Readonly<Record<string, unknown>>): void =>
      void rules.push({ action: { type }, condition: { ...condition, ...where } });
    if (expireDays !== undefined) add('Delete', { age: expireDays });
    if (expireOldDays !== undefined) add('Delete', { daysSinceNoncurrentTime: expireOldDays });
    if (abortUploadDays !== undefined) add('AbortIncompleteMultipartUpload', { age: abortUploadDays });
    return rules;
  }
}

/** What a rule does, by which condition, and where: two rules of the same place take each other's. */
const placeOf = ({ action, condition }: GcsRule): string =>
  JSON.stringify([
    action.type,
    Object.keys(condition)
      .filter((key) => key !== 'matchesPrefix')
      .sort(),
    condition.matchesPrefix ?? [],
  ]);
