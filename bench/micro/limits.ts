/** What the limits of callers cost a request on the thread that serves everyone, with the fields of its answer. */
import { systemClock as clock } from '../../src/clock.ts';
import { ClientAddress } from '../../src/guard/client-address.ts';
import type { CallerLimits, Identity } from '../../src/guard/identity.ts';
import { LocalLedger } from '../../src/guard/limits/ledger/local.ts';
import { LimitedCallers } from '../../src/guard/limits/limited.ts';
import { Limits } from '../../src/guard/limits/limits.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import type { Work } from './timing.ts';

const PLENTY = { count: 900_000, windowMs: 1 };
const NOTHING = { count: 1, windowMs: 86_400_000 };
const MANY = 200_000;

const KEY: Identity = {
  kind: 'key',
  id: 'shop-1',
  name: 'shop',
  scopes: new Set(['predict']),
  models: undefined,
  limits: { rate: PLENTY, concurrency: 100, daily: 1e15 },
};

/** As much of an exchange as limits see; it ends at once. */
const exchangeFrom = (remoteAddress: Uint8Array, kept?: Readonly<Record<string, string>>): Exchange =>
  ({
    head: { method: 'POST', kept },
    remoteAddress,
    ended: false,
    addHeaders: () => undefined,
    onEnd: (callback: () => void) => callback(),
  }) as unknown as Exchange;

function limitsOf(ofAddresses: CallerLimits, proxies: readonly string[] = []): Limits {
  const clientAddress = new ClientAddress(proxies, 'x-forwarded-for');
  const settings = { ofAddresses, ofKnown: {}, unit: 'requests', style: 'draft', clientAddress } as const;
  return new Limits({
    callers: new LimitedCallers(settings),
    ledger: new LocalLedger(clock),
    failures: undefined,
    style: { unit: 'requests', envoy: false },
    events: { refused: () => undefined },
  });
}

export function limitWorks(): readonly Work[] {
  const one = exchangeFrom(Uint8Array.of(192, 0, 2, 1));
  const proxied = exchangeFrom(Uint8Array.of(10, 0, 0, 1), {
    'x-forwarded-for': '198.51.100.7, 192.0.2.60:4711, 10.0.0.7',
  });
  const plenty = limitsOf({ rate: PLENTY });
  const behind = limitsOf({ rate: PLENTY }, ['10.0.0.0/8', '2001:db8::/32']);
  const none = limitsOf({ rate: NOTHING });
  const flooded = limitsOf({ rate: NOTHING });
  let next = 0;
  const refused = (): unknown => {
    try {
      return none.admit(one, undefined, 'predict');
    } catch (error) {
      return error;
    }
  };
  refused();
  return [
    { name: 'limits: an address within its rate', call: () => plenty.admit(one, undefined, 'predict') },
    {
      name: 'limits: an address behind two proxies',
      call: () => behind.admit(proxied, undefined, 'predict'),
    },
    { name: 'limits: a key with three limits', call: () => plenty.admit(one, KEY, 'predict') },
    { name: 'limits: an address over its rate, refused', call: refused },
    {
      name: 'limits: one of 200,000 addresses, of which 100,000 are kept',
      call: () => {
        next = (next + 1) % MANY;
        const address = Uint8Array.of(10, next >> 16, (next >> 8) & 255, next & 255);
        try {
          return flooded.admit(exchangeFrom(address), undefined, 'predict');
        } catch (error) {
          return error;
        }
      },
    },
  ];
}
