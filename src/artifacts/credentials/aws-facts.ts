/** What the ways to credentials of AWS are given, and what they give. */
import type { StoreConnection } from '../../outbound/store/connection.ts';
import type { Signer } from '../s3/sigv4.ts';
import type { Environment } from './environment.ts';
import type { Expiring } from './kept.ts';

export type AwsCredentials = Signer & Expiring;

export interface AwsFacts {
  readonly env: Environment;
  readonly region: string;
  readonly connection: StoreConnection;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
