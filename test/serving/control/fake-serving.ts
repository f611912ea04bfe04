/** A catalogue whose versions load at once, or when the test lets them. */
import { Catalogue } from '../../../src/serving/catalogue.ts';
import type { ControlSettings } from '../../../src/serving/control/control.ts';
import { ModelVersion, type Signature } from '../../../src/serving/model-version.ts';
import type { Checks } from '../../../src/serving/loads.ts';
import { settingsOf, unreadable } from '../../../src/serving/settings.ts';
import type { ModelLook } from '../../../src/repository/look/look.ts';
import { fakeQueue } from '../../support/fake-queue.ts';

const tensor = (name: string) => ({ name, datatype: 'FP32', shape: [-1, 4] }) as const;

export class FakeServing {
  readonly catalogue = new Catalogue();
  readonly leaving: readonly ModelVersion[] = [];
  /** Every load so far, as model/version. */
  readonly loads: string[] = [];
  /** Versions that cannot be loaded, with the reason, by model/version. */
  readonly broken = new Map<string, string>();
  /** Name of the input of what is loaded from now on. */
  input = 'x';
  /** Called in the middle of each load. */
  onLoad: () => void | Promise<void> = () => undefined;
  #instances = 0;

  /** All versions are ready, as after a start. */
  static from(...looks: readonly ModelLook[]): FakeServing {
    const serving = new FakeServing();
    for (const { entry } of looks) {
      for (const file of entry?.versions ?? []) {
        const version = serving.enter(entry!, file);
        version.ready(serving.#signature, fakeQueue());
        serving.catalogue.add(version, entry!.defaultVersion);
      }
    }
    return serving;
  }

  /** What the catalogue has of the model m, as number and state, with what is refused; the default has a star. */
  get shown(): readonly string[] {
    const { versions = [], defaultVersion } = this.catalogue.model('m') ?? {};
    return versions.map(({ version, state, refusal }) =>
      [
        version + (version === defaultVersion ? '*' : ''),
        state,
        ...(refusal === undefined ? [] : [refusal]),
      ].join(' '),
    );
  }

  enter: ControlSettings['serving']['enter'] = (entry, file) =>
    new ModelVersion(settingsOf(entry, file, 200), { entry, file, instance: this.#instances++ });

  enterUnreadable: ControlSettings['serving']['enterUnreadable'] = (name, reason) => {
    const version = new ModelVersion(unreadable(name, 200));
    version.unavailable(reason);
    return version;
  };

  load = async (version: ModelVersion, checks?: Checks): Promise<void> => {
    const key = `${version.name}/${version.version}`;
    this.loads.push(key);
    version.loading();
    await this.onLoad();
    try {
      const reason = this.broken.get(key);
      if (reason !== undefined) throw new Error(reason);
      checks?.signature(this.#signature);
      await checks?.files();
      version.ready(this.#signature, fakeQueue());
    } catch (error) {
      version.unavailable((error as Error).message);
    }
  };

  replace: ControlSettings['serving']['replace'] = async (...change) => this.catalogue.replace(...change);

  get #signature(): Signature {
    return {
      provider: 'cpu',
      inputs: [tensor(this.input)],
      outputs: [tensor('y')],
      maxBatchSize: 8,
      joins: { rows: true },
    };
  }
}
