/**
 * How a caller is told of its limits: `RateLimit` and `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers-10, and the
 * three fields that Envoy sends. Pure.
 */
import { wholeSeconds, type Left } from './ledger/bucket.ts';
import type { Standing } from './ledger/account.ts';
import type { Policy, PolicyItem } from './policy.ts';

/** Which fields answers have. */
export type FieldStyle = 'draft' | 'envoy' | 'both' | 'off';

export type Fields = [name: string, value: string][];

/** What is left of each limit. */
export interface LimitsLeft extends Pick<Standing, 'rate' | 'daily'> {
  readonly concurrency: Left | undefined;
}

/** The same for every answer to a caller with these limits. */
export class PolicyFields {
  readonly #draft: Fields;
  readonly #envoyLimit: string;
  readonly #style: FieldStyle;
  readonly #items: readonly PolicyItem[];

  constructor({ items }: Policy, style: FieldStyle) {
    this.#items = items;
    this.#style = style;
    this.#draft = [['ratelimit-policy', items.map(draftItem).join(', ')]];
    this.#envoyLimit = items
      .filter(({ windowSeconds }) => windowSeconds !== undefined)
      .map(({ name, quota, windowSeconds }) => `${quota};w=${windowSeconds};name="${name}"`)
      .join(', ');
  }

  of(left: LimitsLeft): Fields {
    const draft = this.#style === 'draft' || this.#style === 'both';
    const envoy = this.#style === 'envoy' || this.#style === 'both';
    if (!draft) return envoy ? this.#envoy(left) : [];
    const limit = this.#limit(left);
    const fields = limit === '' ? this.#draft : [...this.#draft, ['ratelimit', limit] as [string, string]];
    return envoy ? [...fields, ...this.#envoy(left)] : fields;
  }

  #limit(left: LimitsLeft): string {
    let text = '';
    for (const { name } of this.#items) {
      const item = left[name];
      if (item === undefined) continue;
      text += `${text === '' ? '' : ', '}"${name}";r=${item.remaining}`;
      if (item.nextMs > 0) text += `;t=${wholeSeconds(item.nextMs)}`;
    }
    return text;
  }

  /** Of the limit that has least left, as Envoy does; requests in flight are none that it knows. */
  #envoy(left: LimitsLeft): Fields {
    let tightest: Left | undefined;
    let quota = 0;
    for (const item of this.#items) {
      const its = item.windowSeconds === undefined ? undefined : left[item.name];
      if (its === undefined || (tightest !== undefined && its.remaining >= tightest.remaining)) continue;
      [tightest, quota] = [its, item.quota];
    }
    if (tightest === undefined) return [];
    return [
      ['x-ratelimit-limit', `${quota}, ${this.#envoyLimit}`],
      ['x-ratelimit-remaining', String(tightest.remaining)],
      ['x-ratelimit-reset', String(wholeSeconds(tightest.nextMs))],
    ];
  }
}

function draftItem({ name, quota, windowSeconds, unit, burst }: PolicyItem): string {
  let text = `"${name}";q=${quota}`;
  if (unit !== undefined) text += `;qu="${unit}"`;
  if (windowSeconds !== undefined) text += `;w=${windowSeconds}`;
  // Not a parameter of the draft; clients may regard it as a comment.
  if (burst !== undefined && burst !== quota) text += `;ortolan-burst=${burst}`;
  return text;
}
