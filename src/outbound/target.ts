/**
 * From the text of a URL to a target that may be fetched, or a refusal. Pure: names are not resolved here. The
 * URL is parsed once, by the platform's parser, and only the parsed form is used from then on, so no second
 * parser can read it differently. Hosts that are addresses are checked here, because they are never looked up.
 */
import { isIP } from 'node:net';
import { MAX_URL_CHARACTERS } from '../image/limits.ts';
import type { AddressKind } from './address.ts';
import type { AllowedHost } from './allowed-host.ts';
import { refused } from './refusal.ts';

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

export interface Target {
  /** http or https, no user, no trailing dot behind the host. */
  readonly url: URL;
  /** A name, or an address without brackets. */
  readonly hostname: string;
  /** The operator named this host: it may have a private address. */
  readonly named: boolean;
}

export interface TargetPolicy {
  /** Empty: any public host. Otherwise these and no other. */
  readonly allow: readonly AllowedHost[];
  readonly kindOf: (address: string) => AddressKind;
}

/**
 * `text` as a target; `from` is the target that redirected to it.
 * @throws ServingError URL_REFUSED
 */
export function targetOf(text: string, policy: TargetPolicy, from?: Target): Target {
  if (text.length > MAX_URL_CHARACTERS) throw refused(`a URL of ${text.length} characters`);
  const url = URL.parse(text, from?.url.href);
  if (url === null) throw refused('not a URL');
  const defaultPort = DEFAULT_PORTS[url.protocol];
  if (defaultPort === undefined) throw refused(`scheme ${url.protocol}`);
  if (from?.url.protocol === 'https:' && url.protocol === 'http:') {
    throw refused(`${from.hostname} redirects from https to http`);
  }
  if (url.username !== '' || url.password !== '') throw refused(`${url.hostname}: a user name or password`);
  const hostname = plainHostname(url);
  const port = url.port === '' ? defaultPort : Number(url.port);
  const matches = policy.allow.filter((host) => host.matches(hostname, port));
  if (policy.allow.length > 0 && matches.length === 0)
    throw refused(`${hostname}:${port} is not in urlAllow`);
  if (policy.allow.length === 0 && port !== 80 && port !== 443) throw refused(`${hostname}: port ${port}`);
  const named = matches.some((host) => !host.wildcard);
  if (isIP(hostname) !== 0) checkAddress(hostname, hostname, named, policy.kindOf);
  return { url, hostname, named };
}

/** @throws ServingError URL_REFUSED when an address of `hostname` is not one to connect to. */
export function checkAddress(
  address: string,
  hostname: string,
  named: boolean,
  kindOf: (address: string) => AddressKind,
): void {
  const kind = kindOf(address);
  if (kind === 'public' || (kind === 'private' && named)) return;
  throw refused(`${hostname} has the ${kind} address ${address}`);
}

/** Takes a trailing dot off the host of `url`: it is neither in certificates nor in the operator's list. */
function plainHostname(url: URL): string {
  const { hostname } = url;
  if (hostname.startsWith('[')) return hostname.slice(1, -1);
  const plain = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  // A second dot would hide an address from isIP: the parser leaves 127.0.0.1.. as it is.
  if (plain.split('.').includes('')) throw refused(`host ${hostname}`);
  url.hostname = plain;
  return plain;
}
