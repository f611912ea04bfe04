/** From the address of artifacts to what is behind it: an archive that is read and written, or a registry. */
import { systemClock, type Clock } from '../clock.ts';
import { StoreConnection, type Traffic } from '../outbound/store/connection.ts';
import { parseAddress, type Address } from './address.ts';
import { Archive } from './archive/archive.ts';
import { ArtifactError } from './artifact-error.ts';
import { awsCredentials, awsRegion } from './credentials/aws.ts';
import { setIn, type Environment } from './credentials/environment.ts';
import { googleToken } from './credentials/google.ts';
import { Kept } from './credentials/kept.ts';
import { GcsStore } from './gcs/gcs.ts';
import { ATTEMPTS } from './retry.ts';
import { S3Store } from './s3/s3.ts';
import { MlflowSource } from './source/mlflow.ts';
import { OciRequests } from './source/oci-requests.ts';
import { OciSource, type OciPlace } from './source/oci.ts';
import { ArchiveSource } from './source/of-archive.ts';
import type { Source } from './source/source.ts';
import { FileStore } from './store/file.ts';
import type { ObjectStore } from './store/store.ts';

export interface ArtifactSettings {
  /** See address.ts. */
  readonly url: string;
  /** Of an object store that is not Amazon's or Google's own. */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  /** Variables of clouds, where credentials are. */
  readonly env: Environment;
  readonly clock?: Clock;
  /** Of each request; by default six. */
  readonly attempts?: number;
  /** Wall clock, for tests. */
  readonly now?: () => Date;
}

export interface OpenArtifacts {
  readonly address: string;
  readonly source: Source;
  /** Undefined: a registry, which is not written as an archive. */
  readonly archive: Archive | undefined;
  /** Where a model can be pushed as an image. */
  readonly image: { readonly requests: OciRequests; readonly place: OciPlace } | undefined;
  /** What all of it has cost so far. */
  readonly traffic: () => Traffic;
}

const DEFAULT_REGION = 'us-east-1';

/** @throws ArtifactError when the address or what belongs to it cannot be understood; nothing is asked of the store */
export async function openArtifacts(settings: ArtifactSettings): Promise<OpenArtifacts> {
  const address = parseAddress(settings.url);
  const { env, clock = systemClock, attempts = ATTEMPTS, now = () => new Date() } = settings;
  const connection = new StoreConnection();
  const traffic = (): Traffic => connection.traffic;
  const common = { env, connection, clock, attempts };
  switch (address.kind) {
    case 'oci': {
      const { origin, repository, reference } = address;
      const separator = reference.startsWith('sha256:') ? '@' : ':';
      const shown = `oci://${new URL(origin).host}/${repository}${separator}${reference}`;
      const place = { repository, reference, address: shown };
      const requests = new OciRequests({ origin, repository, ...common }, shown);
      const source = new OciSource(place, requests);
      return { address: shown, source, archive: undefined, image: { requests, place }, traffic };
    }
    case 'mlflow': {
      const storeAt = (at: string): Promise<ObjectStore> => {
        const place = parseAddress(at);
        // A server of MLflow does not say which folders of this machine are read.
        if (place.kind === 's3' || place.kind === 'gs') return storeOf(place, settings, connection);
        throw new ArtifactError(
          'invalid',
          `The artifacts are at ${JSON.stringify(at)}: only those that MLflow serves (--artifacts-destination), and those in S3 or Google Cloud Storage, are followed.`,
        );
      };
      const source = new MlflowSource({ ...address, ...common, storeAt });
      return { address: source.address, source, archive: undefined, image: undefined, traffic };
    }
    case 'file':
    case 's3':
    case 'gs': {
      const store = await storeOf(address, settings, connection);
      const archive = new Archive({ store, clock, now });
      return {
        address: store.address,
        source: new ArchiveSource(archive),
        archive,
        image: undefined,
        traffic,
      };
    }
  }
}

async function storeOf(
  address: Address,
  {
    env,
    endpoint,
    region,
    clock = systemClock,
    attempts = ATTEMPTS,
    now = () => new Date(),
  }: ArtifactSettings,
  connection: StoreConnection,
): Promise<ObjectStore> {
  const nowMs = (): number => now().getTime();
  const bucket = { connection, clock, attempts };
  switch (address.kind) {
    case 'file':
      return new FileStore(address.folder);
    case 's3': {
      const said = endpoint ?? setIn(env, 'AWS_ENDPOINT_URL_S3') ?? setIn(env, 'AWS_ENDPOINT_URL');
      const where = region ?? (await awsRegion(env)) ?? DEFAULT_REGION;
      const facts = { env, region: where, connection, now: nowMs };
      return new S3Store({
        ...address,
        ...bucket,
        endpoint: endpointOf(said),
        region: where,
        credentials: new Kept((signal) => awsCredentials({ ...facts, signal }), nowMs),
        now,
      });
    }
    case 'gs': {
      // An emulator asks nobody, as Google's own clients have it.
      const emulator = setIn(env, 'STORAGE_EMULATOR_HOST');
      const facts = { env, connection, now: nowMs };
      const fetch = (signal: AbortSignal | undefined) =>
        emulator === undefined ? googleToken({ ...facts, signal }) : Promise.resolve({ token: undefined });
      return new GcsStore({
        ...address,
        ...bucket,
        endpoint: endpointOf(endpoint ?? emulator),
        credentials: new Kept(fetch, nowMs),
      });
    }
    case 'oci':
    case 'mlflow':
      throw new ArtifactError(
        'invalid',
        'A registry keeps its artifacts in another registry, which is not followed.',
      );
  }
}

function endpointOf(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  // Emulators are given as host:port, too.
  const url = URL.parse(/^https?:\/\//.test(text) ? text : `http://${text}`);
  if (url !== null && url.username === '' && url.search === '') return url;
  throw new ArtifactError('invalid', `The endpoint of the store has to be http://host:port or https://host.`);
}
