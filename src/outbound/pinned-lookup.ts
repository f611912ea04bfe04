/**
 * Name resolution for one connection. It runs inside the socket's own connect, checks every address of the name and
 * returns exactly those that it checked: between the check and the connection there is no second look-up that a name
 * server could answer differently (DNS rebinding). One bad address refuses the name, or a retry could connect to it.
 * Sockets do not call it for a host that is an address already.
 */
import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { AddressKind } from './address.ts';
import { failed, refused } from './refusal.ts';
import { checkAddress, type Target } from './target.ts';

/** All addresses of a name. Rejects as node:dns does, with a code. */
export type Resolve = (name: string) => Promise<readonly LookupAddress[]>;

export const systemResolve: Resolve = (name) =>
  new Promise((resolve, reject) => {
    lookup(name, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });

export function pinnedLookup(
  target: Target,
  resolve: Resolve,
  kindOf: (address: string) => AddressKind,
): LookupFunction {
  return (_hostname, options, callback) => {
    checkedAddresses(target, resolve, kindOf).then(
      (addresses) => {
        if (options.all === true) callback(null, addresses);
        else callback(null, addresses[0]!.address, addresses[0]!.family);
      },
      (error: Error) => callback(error, []),
    );
  };
}

/** Never empty. @throws ServingError URL_REFUSED or URL_FAILED */
async function checkedAddresses(
  { hostname, named }: Target,
  resolve: Resolve,
  kindOf: (address: string) => AddressKind,
): Promise<LookupAddress[]> {
  // A dot at the end keeps the resolver from its search list, which would turn `redis.prod` into a service of
  // the cluster. Hosts that the operator named are looked up as they are written.
  const name = named ? hostname : `${hostname}.`;
  let addresses: readonly LookupAddress[];
  try {
    addresses = await resolve(name);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw code === 'ENOTFOUND'
      ? refused(`${hostname} has no address`)
      : failed(`${hostname}: ${code ?? 'resolver failed'}`, error);
  }
  if (addresses.length === 0) throw refused(`${hostname} has no address`);
  for (const { address } of addresses) checkAddress(address, hostname, named, kindOf);
  return [...addresses];
}
