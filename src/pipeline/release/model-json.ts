/** model.json as it is beside a canary, and after its promotion. Key order and all other keys stay. Pure. */
import { PipelineError } from '../pipeline-error.ts';

export interface Versions {
  readonly champion: string;
  readonly candidate: string;
  /** sha256 of each file of the candidate, by its name. */
  readonly digests: Readonly<Record<string, string>>;
}

type Json = Readonly<Record<string, unknown>>;

/** The champion goes on answering, whatever numbers come. `text`: empty where there is no file. @throws PipelineError */
export function besideCanary(text: string, versions: Versions): string {
  const json = parsed(text);
  requireNoSplit(json);
  return written({ ...withDigests(json, versions), defaultVersion: Number(versions.champion) });
}

/** The candidate answers. `labels`: those that move to it. @throws PipelineError */
export function promoted(text: string, versions: Versions, labels: readonly string[]): string {
  const json = parsed(text);
  requireNoSplit(json);
  const number = Number(versions.candidate);
  const moved = Object.fromEntries(labels.map((label) => [label, number]));
  const all = { ...(json['versionLabels'] as Json | undefined), ...moved };
  return written({
    ...withDigests(json, versions),
    defaultVersion: number,
    ...(Object.keys(all).length > 0 && { versionLabels: all }),
  });
}

/** Declared where the versions before were: a file of another content is then not loaded in its place. */
function withDigests(json: Json, { candidate, digests }: Versions): Json {
  const declared = json['sha256'] as Json | undefined;
  if (declared === undefined) return json;
  const own = Object.keys(digests).length === 1 ? digests['model.onnx'] : digests;
  return { ...json, sha256: { ...declared, [candidate]: own } };
}

function parsed(text: string): Json {
  try {
    const json = JSON.parse(text === '' ? '{}' : text.replace(/^\uFEFF/, '')) as unknown;
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Json;
  } catch {
    // Said below.
  }
  throw new PipelineError('model.json is no object of JSON.');
}

function requireNoSplit({ traffic }: Json): void {
  if ((traffic as Json | undefined)?.['split'] === undefined) return;
  throw new PipelineError(
    'model.json sets a split, which would hold again after a promotion: take traffic.split away, the pipeline sends the traffic.',
  );
}

const written = (json: Json): string => `${JSON.stringify(json, null, 2)}\n`;
