/** Who a client certificate says that its caller is. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { ServingError } from '../../src/errors.ts';
import { CertificateRequired, ClientCertificates } from '../../src/guard/certificate.ts';
import type { Identity } from '../../src/guard/identity.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { Mint, NO_OPENSSL, type Wanted } from '../support/certificates.ts';

const known = (now = Date.now()) => new ClientCertificates({ scopes: ['predict'], now: () => now });

const shown = (clientCertificate: string): Exchange => ({ clientCertificate }) as Exchange;

/** Runs it, and gives what it throws. */
function refusalOf(ask: () => unknown): ServingError {
  try {
    ask();
  } catch (error) {
    if (error instanceof ServingError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

t.test('without a certificate nobody is known, and none gets in', async (t) => {
  t.equal(known().callerOf({ clientCertificate: '' }), undefined);
  const { code, status, headers } = refusalOf(() => new CertificateRequired(known()).identify(shown('')));
  t.strictSame(
    [code, status, headers],
    ['UNAUTHENTICATED', 401, [['www-authenticate', 'Certificate realm="ortolan"']]],
  );
});

if (NO_OPENSSL) t.pass('', { skip: NO_OPENSSL });
else {
  const NAMES: readonly (readonly [Wanted, string | undefined])[] = [
    [{ name: 'shop' }, 'shop'],
    [{ name: 'shop', names: ['DNS:a.test', 'DNS:b.test'] }, 'a.test'],
    [{ name: 'shop', names: ['DNS:a.test', 'URI:spiffe://td/ns/a/sa/b'] }, 'spiffe://td/ns/a/sa/b'],
    [{ name: 'shop', names: ['IP:127.0.0.1'] }, 'shop'],
    [{ name: 'Köln shop' }, 'Köln shop'],
    [{ name: '', names: ['DNS:a.test'] }, 'a.test'],
    [{ name: '', names: ['IP:127.0.0.1'] }, undefined],
    [{ name: '' }, undefined],
    [{ name: 'two\nlines' }, undefined],
    // Of one subject with two names it is not clear which one counts.
    [{ name: 'a/CN=b' }, undefined],
    // What imitates a second entry, inside the first.
    [{ name: 'shop', names: ['URI:https://a.test/, DNS:admin'] }, undefined],
  ];
  for (const [wanted, name] of NAMES) {
    t.test(`${JSON.stringify(wanted)} is ${name ?? 'nobody'}`, async (t) => {
      const pem = readFileSync(new Mint(t).make(wanted).certFile, 'utf8');
      const ask = (): Identity | undefined => known().callerOf({ clientCertificate: pem });
      if (name === undefined) t.match(refusalOf(ask).message, /names nobody/);
      else t.match(ask(), { kind: 'certificate', id: name, name, models: undefined });
    });
  }

  t.test('it is read once, and ends with its time', async (t) => {
    const pem = readFileSync(new Mint(t).make({ days: 2 }).certFile, 'utf8');
    let now = Date.now();
    const certificates = new ClientCertificates({ scopes: ['predict', 'models:read'], now: () => now });
    const first = certificates.callerOf({ clientCertificate: pem });
    t.strictSame([...first!.scopes], ['predict', 'models:read']);
    t.equal(certificates.callerOf({ clientCertificate: pem }), first);
    now += 3 * 86_400_000;
    t.match(
      refusalOf(() => certificates.callerOf({ clientCertificate: pem })).message,
      /has expired/,
      'also on a connection that has outlived it',
    );
  });

  t.test('who brings a key as well is asked for it', async (t) => {
    const pem = readFileSync(new Mint(t).make().certFile, 'utf8');
    const key = { kind: 'key', id: 'k' } as Identity;
    const both = new CertificateRequired(known(), { identify: () => key });
    t.equal(both.identify(shown(pem)), key);
    t.equal(refusalOf(() => both.identify(shown(''))).code, 'UNAUTHENTICATED', 'a key alone is not enough');
  });
}
