/** Certificates whose files change, in each way in which files do. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemClock } from '../../../src/clock.ts';
import { CredentialError, type Credentials } from '../../../src/http/tls/credentials.ts';
import { Renewal, type RenewalSettings } from '../../../src/http/tls/renewal.ts';
import { CHANGES, Mint, NO_OPENSSL, openssl, SecretVolume, type Pair } from '../../support/certificates.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { until } from '../../support/http-client.ts';

const DAY_MS = 86_400_000;

/** Renews from these files; what happens is noted. */
function renewing(t: Test, pair: Pair, changed: Partial<RenewalSettings> = {}, passphrase?: string) {
  const seen: string[] = [];
  const served: Credentials[] = [];
  const renewal = new Renewal({
    files: { ...pair, passphrase, clientCaFile: undefined, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
    passphraseFile: undefined,
    clock: systemClock,
    now: Date.now,
    intervalMs: 5,
    events: {
      served: ({ subject }, fault) => seen.push(`served ${subject} ${fault ?? ''}`.trim()),
      renewed: ({ subject }) => seen.push(`renewed ${subject}`),
      refused: (reason) => seen.push(`refused ${reason}`),
      restored: () => seen.push('restored'),
    },
    ...changed,
  });
  renewal.into((credentials) => served.push(credentials));
  t.teardown(() => renewal.close());
  return { renewal, seen, served };
}

/** Files of their own, with the content of the pair. */
function copyOf(mint: Mint, pair: Pair): Pair {
  const folder = mint.path('served');
  mkdirSync(folder);
  const copy = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
  copyFileSync(pair.certFile, copy.certFile);
  copyFileSync(pair.keyFile, copy.keyFile);
  return copy;
}

if (NO_OPENSSL) t.pass('', { skip: NO_OPENSSL });
else {
  for (const [way, change] of Object.entries(CHANGES)) {
    t.test(`files that are ${way} are served`, async (t) => {
      const mint = new Mint(t);
      const files = copyOf(mint, mint.make({ name: 'a' }));
      const { seen, renewal, served } = renewing(t, files);
      for (const name of ['b', 'c']) {
        change(files, mint.make({ name }));
        await until(() => seen.at(-1) === `renewed CN=${name}`);
        t.equal(renewal.current, served.at(-1));
      }
      t.strictSame(seen, ['served CN=a', 'renewed CN=b', 'renewed CN=c']);
    });
  }

  t.test('a volume of Kubernetes whose link is swapped is served', async (t) => {
    const mint = new Mint(t);
    const volume = new SecretVolume(mint.path('volume'), mint.make({ name: 'a' }));
    const { seen } = renewing(t, volume.pair);
    for (const name of ['b', 'c']) {
      volume.put(mint.make({ name }));
      await until(() => seen.at(-1) === `renewed CN=${name}`);
    }
    t.strictSame(seen, ['served CN=a', 'renewed CN=b', 'renewed CN=c']);
  });

  t.test('what is wrong is refused, the one before is kept, and what is right again is taken', async (t) => {
    const mint = new Mint(t);
    const first = mint.make({ name: 'a' });
    const files = copyOf(mint, first);
    const { seen, renewal } = renewing(t, files);
    const { current } = renewal;
    writeFileSync(files.certFile, 'nonsense');
    await until(() => seen.length === 2);
    t.match(seen[1], /^refused .*tls\.crt has no certificate in PEM\.$/);
    copyFileSync(first.certFile, files.certFile);
    await until(() => seen.length === 3);
    t.equal(seen[2], 'restored');
    rmSync(files.keyFile);
    await until(() => seen.length === 4);
    t.match(seen[3], /^refused .*tls\.key does not exist\.$/);
    t.equal(renewal.current, current);
    CHANGES['written in place']!(files, mint.make({ name: 'b' }));
    await until(() => seen.length === 5);
    t.equal(seen[4], 'renewed CN=b');
  });

  t.test('files that are touched without a change are no event', async (t) => {
    const mint = new Mint(t);
    const files = copyOf(mint, mint.make({ name: 'a' }));
    const { seen } = renewing(t, files);
    writeFileSync(files.certFile, readFileSync(files.certFile));
    CHANGES['renamed over']!(files, mint.make({ name: 'b' }));
    await until(() => seen.length > 1);
    t.strictSame(seen, ['served CN=a', 'renewed CN=b']);
  });

  t.test('what has expired does not replace what has not', async (t) => {
    const mint = new Mint(t);
    const files = copyOf(mint, mint.make({ name: 'a' }));
    const { seen } = renewing(t, files);
    CHANGES['renamed over']!(files, mint.make({ name: 'b', days: -1 }));
    await until(() => seen.length === 2);
    t.match(seen[1], /^refused A certificate in .* has expired on \d{4}-/);
  });

  t.test('one that is too early is taken a minute after its time', async (t) => {
    const mint = new Mint(t);
    const files = copyOf(mint, mint.make({ name: 'a' }));
    const clock = new FakeClock();
    let now = Date.now() - DAY_MS;
    const { seen } = renewing(t, files, { clock, now: () => now });
    t.match(
      seen,
      [/^served CN=a The certificate in .* is valid from .* on\.$/],
      'at a start there is no other',
    );
    CHANGES['renamed over']!(files, mint.make({ name: 'b' }));
    while (seen.length < 2) {
      clock.advance(5);
      await new Promise((resolve) => setImmediate(resolve));
    }
    t.match(seen[1], /^refused The certificate in .* is valid from/);
    now += DAY_MS + 1000;
    clock.advance(60_000);
    t.equal(seen.at(-1), 'renewed CN=b');
  });

  t.test('a successor that cannot be served is refused', async (t) => {
    const mint = new Mint(t);
    const files = copyOf(mint, mint.make({ name: 'a' }));
    const { seen, renewal } = renewing(t, files);
    const { current } = renewal;
    renewal.into(() => {
      throw new CredentialError('It cannot be served.');
    });
    CHANGES['renamed over']!(files, mint.make({ name: 'b' }));
    await until(() => seen.length === 2);
    t.strictSame(seen, ['served CN=a', 'refused It cannot be served.']);
    t.equal(renewal.current, current);
  });

  t.test('an encrypted key and its passphrase change together', async (t) => {
    const mint = new Mint(t);
    const encrypted = (name: string, passphrase: string): Pair => {
      const pair = mint.make({ name });
      const keyFile = `${pair.keyFile}.encrypted`;
      openssl(['pkcs8', '-topk8', '-in', pair.keyFile, '-passout', `pass:${passphrase}`, '-out', keyFile]);
      return { ...pair, keyFile };
    };
    const files = copyOf(mint, encrypted('a', 'one'));
    const passphraseFile = mint.path('passphrase');
    writeFileSync(passphraseFile, 'one\n', { mode: 0o600 });
    const { seen } = renewing(t, files, { passphraseFile }, 'one');
    CHANGES['written in place']!(files, encrypted('b', 'two'));
    await until(() => seen.length === 2);
    t.match(seen[1], /^refused .*the passphrase is another one\.$/);
    writeFileSync(passphraseFile, 'two\n');
    await until(() => seen.length === 3);
    t.equal(seen[2], 'renewed CN=b');
  });
}
