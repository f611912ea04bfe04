/** The lifecycle rules of a bucket. They are set all at once: those of others are read first and sent back as they are. */
import { textContent } from '../store/content.ts';
import type { S3Requests } from './requests.ts';
import type { Lifecycle, LifecycleRule } from '../store/store.ts';
import { elements, escaped, textIn } from './xml.ts';

export class S3Lifecycle implements Lifecycle {
  readonly #requests: S3Requests;
  readonly #prefix: string;

  constructor(requests: S3Requests, prefix: string) {
    this.#requests = requests;
    this.#prefix = prefix;
  }

  written(rules: readonly LifecycleRule[]): string {
    return configurationOf(rules.map((rule) => this.#xmlOf(rule)));
  }

  async apply(rules: readonly LifecycleRule[]): Promise<void> {
    const query = { lifecycle: '' };
    // 404: there is none yet.
    const before = await this.#requests.send({ method: 'GET', query, takes: [404] });
    const text = before.status === 404 ? await this.#requests.noObject(before) : await before.text();
    const ours = new Set(rules.map((rule) => this.#idOf(rule)));
    const others = elements(text ?? '', 'Rule').filter((rule) => !ours.has(textIn(rule, 'ID') ?? ''));
    const content = textContent(configurationOf([...others, ...rules.map((rule) => this.#xmlOf(rule))]));
    const digest = Buffer.from(content.sha256, 'hex').toString('base64');
    const headers = { 'content-type': 'application/xml', 'x-amz-checksum-sha256': digest };
    await (await this.#requests.send({ method: 'PUT', query, headers, content })).dismiss();
  }

  /** Of this prefix: another one in the same bucket has rules of its own. */
  #idOf({ id }: LifecycleRule): string {
    return `ortolan ${this.#prefix}${id}`.slice(0, 255);
  }

  #xmlOf(rule: LifecycleRule): string {
    const { expireDays, expireOldDays, abortUploadDays } = rule;
    const actions = [
      expireDays === undefined ? '' : `<Expiration><Days>${expireDays}</Days></Expiration>`,
      expireOldDays === undefined
        ? ''
        : `<NoncurrentVersionExpiration><NoncurrentDays>${expireOldDays}</NoncurrentDays></NoncurrentVersionExpiration>`,
      abortUploadDays === undefined
        ? ''
        : `<AbortIncompleteMultipartUpload><DaysAfterInitiation>${abortUploadDays}</DaysAfterInitiation></AbortIncompleteMultipartUpload>`,
    ];
    const prefix = escaped(`${this.#prefix}${rule.prefix}`);
    return `<ID>${escaped(this.#idOf(rule))}</ID><Filter><Prefix>${prefix}</Prefix></Filter><Status>Enabled</Status>${actions.join('')}`;
  }
}

const configurationOf = (rules: readonly string[]): string =>
  `<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${rules
    .map((rule) => `<Rule>${rule}</Rule>`)
    .join('')}</LifecycleConfiguration>`;
