/** What our manifests promise beyond their schemas. */
import type { Manifest } from './manifest.ts';

export interface Policy {
  readonly name: string;
  /** A sentence for each breach; empty when there is none. */
  readonly breaches: (objects: readonly Manifest[]) => string[];
}
