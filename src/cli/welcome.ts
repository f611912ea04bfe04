/** The text on a terminal when the server is ready: addresses, machine, models, a command to try. Pure. */
import type { Machine } from '../config/machine.ts';
import { formatSize } from '../config/size.ts';

export interface WelcomeFacts {
  readonly version: string;
  readonly url: string;
  readonly workers: number;
  readonly machine: Machine;
  readonly models: readonly string[];
  readonly defaultModel: string;
  /** Path of an image that is there, for the command to paste. */
  readonly photo: string;
}

export function welcomeText(facts: WelcomeFacts): string {
  const url = reachable(facts.url);
  const { cores, coresFrom, memoryBytes, memoryFrom } = facts.machine;
  // The address of this machine is not the name in the certificate.
  const insecure = url.startsWith('https:') ? '--insecure ' : '';
  const models = facts.models.map((name) => (name === facts.defaultModel ? `${name} (default)` : name));
  return [
    `Ortolan ${facts.version} is ready at ${url}`,
    `  try it         ${url}/`,
    `  documentation  ${url}/docs`,
    `  health         ${url}/health`,
    `  machine        ${cores} ${cores === 1 ? 'core' : 'cores'} (${coresFrom}), ${wholeMiB(memoryBytes)} (${memoryFrom})`,
    `  workers        ${facts.workers}`,
    `  models         ${models.join(', ')}`,
    'Try:',
    `  curl ${insecure}--data-binary @${facts.photo} -H 'content-type: image/jpeg' '${url}/v1/predict?top_k=3'`,
  ].join('\n');
}

/** A server that listens on all addresses is reached by loopback. */
const reachable = (url: string): string => url.replace(/\/\/(0\.0\.0\.0|\[::\])/, '//127.0.0.1');

const MiB = 1024 ** 2;
const wholeMiB = (bytes: number): string => formatSize(Math.floor(bytes / MiB) * MiB);
