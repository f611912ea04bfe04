/** Whose address a request counts for, as the options say. */
import type { Config } from '../config/schema.ts';
import { ClientAddress } from '../guard/client-address.ts';
import { StartError } from './start-error.ts';

/** @throws StartError naming the entry of trustedProxies that is wrong: the pattern of the option accepts some. */
export function clientAddressOf({ trustedProxies, trustedProxyHeader }: Config): ClientAddress {
  try {
    return new ClientAddress(trustedProxies, trustedProxyHeader);
  } catch (error) {
    throw new StartError(`The option trustedProxies is wrong: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}
