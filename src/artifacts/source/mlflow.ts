/**
 * A model of MLflow's registry, by alias or version: the folder of the artifact that has model.onnx in it. MLflow keeps no
 * digests: a version is known by its number and place, and what was pulled is compared with what model.json or a signature
 * says. https://mlflow.org/docs/latest/api_reference/rest-api.html
 */
import type { Clock } from '../../clock.ts';
import type { StoreAnswer, StoreConnection } from '../../outbound/store/connection.ts';
import { isPath } from '../../repository/trust/statement.ts';
import { isVersion } from '../../repository/versions.ts';
import type { MlflowChoice } from '../address.ts';
import { ArtifactError } from '../artifact-error.ts';
import { setIn, type Environment } from '../credentials/environment.ts';
import { objectIn } from '../json-object.ts';
import { retrying, Transient, waitOf } from '../retry.ts';
import type { ObjectStore } from '../store/store.ts';
import { rangeOf } from '../store/range.ts';
import { mlflowModel, type Found } from './mlflow-model.ts';
import type { Offer, OfferedFile, Source } from './source.ts';

export interface MlflowSettings {
  readonly origin: string;
  readonly name: string;
  readonly chosen: MlflowChoice;
  readonly env: Environment;
  readonly connection: StoreConnection;
  readonly clock: Clock;
  readonly attempts: number;
  /** A store of objects that MLflow keeps its artifacts in, by its address. */
  readonly storeAt: (address: string) => Promise<ObjectStore>;
}

const API = '/api/2.0/mlflow';
const ARTIFACTS = '/api/2.0/mlflow-artifacts/artifacts';
const MOST_FILES = 1000;
const DEEPEST = 4;

export class MlflowSource implements Source {
  readonly address: string;
  readonly #settings: MlflowSettings;
  /** Where the artifacts are, once it is known that MLflow does not hand them out itself. */
  #store: ObjectStore | undefined;

  constructor(settings: MlflowSettings) {
    this.#settings = settings;
    const { origin, name, chosen } = settings;
    const of = 'alias' in chosen ? `@${chosen.alias}` : `/${chosen.version}`;
    this.address = `mlflow+${origin}/${encodeURIComponent(name)}${of}`;
  }

  async offer(known?: string, signal?: AbortSignal): Promise<Offer | 'unchanged'> {
    const { name, chosen } = this.#settings;
    const version = 'version' in chosen ? chosen.version : await this.#versionOf(chosen.alias, signal);
    const asked = await this.#get(`${API}/model-versions/get-download-uri`, { name, version }, signal);
    const { artifact_uri: uri } = objectIn(await asked.text());
    if (typeof uri !== 'string' || !isVersion(version))
      throw new ArtifactError('missing', `${this.address}: version ${version} has no artifacts.`);
    const tag = `${version} ${uri}`;
    if (tag === known) return 'unchanged';
    return {
      tag,
      models: new Map([mlflowModel(name, version, tag, await this.#files(uri, signal), this.address)]),
    };
  }

  async open({ at }: OfferedFile, from: number, signal?: AbortSignal) {
    if (this.#store !== undefined) {
      const got = await this.#store.get(at, { from, signal });
      if (got === undefined || got === 'unchanged')
        throw new ArtifactError('missing', `${this.address}: ${at} is gone.`);
      return got;
    }
    const path = `${ARTIFACTS}/${at.split('/').map(encodeURIComponent).join('/')}`;
    const answer = await this.#get(path, {}, signal, from > 0 ? { range: `bytes=${from}-` } : {});
    return { ...rangeOf(answer, from), pieces: answer.pieces() };
  }

  async close(): Promise<void> {
    await this.#store?.close();
    await this.#settings.connection.close();
  }

  async #versionOf(alias: string, signal: AbortSignal | undefined): Promise<string> {
    const { name } = this.#settings;
    const answer = await this.#get(`${API}/registered-models/alias`, { name, alias }, signal);
    const { model_version: found } = objectIn(await answer.text());
    const { version } = (found ?? {}) as { version?: unknown };
    if (typeof version === 'string') return version;
    throw new ArtifactError('missing', `${this.address}: there is no such alias.`);
  }

  /** All files of an artifact, with their paths below it. */
  async #files(uri: string, signal: AbortSignal | undefined): Promise<readonly Found[]> {
    const proxied = /^mlflow-artifacts:(?:\/\/[^/]+)?\/+(.+)$/.exec(uri)?.[1];
    if (proxied !== undefined) return this.#proxied(proxied, '', 0, signal);
    this.#store = await this.#settings.storeAt(uri);
    const files: Found[] = [];
    for await (const { key, bytes } of this.#store.list('')) {
      files.push({ path: key, bytes, at: key });
      if (files.length > MOST_FILES) throw this.#tooMany();
    }
    return files;
  }

  async #proxied(
    root: string,
    below: string,
    depth: number,
    signal: AbortSignal | undefined,
  ): Promise<Found[]> {
    const path = below === '' ? root : `${root}/${below}`;
    const answer = await this.#get(ARTIFACTS, { path }, signal);
    const { files } = objectIn(await answer.text());
    const found: Found[] = [];
    for (const one of Array.isArray(files) ? (files as Record<string, unknown>[]) : []) {
      // Some versions say the path from the root of the artifact, others the name alone.
      const name = String(one['path']).split('/').at(-1)!;
      const own = below === '' ? name : `${below}/${name}`;
      if (!isPath(own))
        throw new ArtifactError('corrupt', `${this.address}: ${JSON.stringify(own)} is no path.`);
      if (one['is_dir'] === true) {
        if (depth < DEEPEST) found.push(...(await this.#proxied(root, own, depth + 1, signal)));
      } else found.push({ path: own, bytes: Number(one['file_size']), at: `${root}/${own}` });
      if (found.length > MOST_FILES) throw this.#tooMany();
    }
    return found;
  }

  #tooMany(): ArtifactError {
    return new ArtifactError('invalid', `${this.address} has more than ${MOST_FILES} files.`);
  }

  #get(
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<StoreAnswer> {
    const { origin, env, connection, clock, attempts } = this.#settings;
    const url = new URL(`${origin}${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const authorization = authorizationIn(env);
    const all = { ...headers, ...(authorization !== undefined && { authorization }) };
    return retrying({ clock, attempts }, signal, async () => {
      const answer = await connection.request({ method: 'GET', url, headers: all, signal });
      if (answer.status === 200 || answer.status === 206) return answer;
      const { error_code: code } = objectIn(await answer.text());
      throw this.#error(answer, typeof code === 'string' ? code : `status ${answer.status}`);
    });
  }

  #error(answer: StoreAnswer, code: string): Error {
    const { status } = answer;
    if (status === 429 || status >= 500)
      return new Transient(`${this.address}: MLflow is busy (${code})`, waitOf(answer.header('retry-after')));
    const fault = status === 401 || status === 403 ? 'refused' : status === 404 ? 'missing' : 'invalid';
    return new ArtifactError(fault, `${this.address}: MLflow answers ${code}.`);
  }
}

/** By the variables of MLflow's own client. */
function authorizationIn(env: Environment): string | undefined {
  const token = setIn(env, 'MLFLOW_TRACKING_TOKEN');
  if (token !== undefined) return `Bearer ${token}`;
  const user = setIn(env, 'MLFLOW_TRACKING_USERNAME');
  const password = setIn(env, 'MLFLOW_TRACKING_PASSWORD');
  if (user === undefined || password === undefined) return undefined;
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
