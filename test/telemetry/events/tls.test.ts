import t from 'tap';
import { recordTelemetry } from '../../support/telemetry.ts';

const CERTIFICATE = {
  subject: 'CN=a\nO=b',
  fingerprint: 'AB:CD',
  beginsAt: 0,
  expiresAt: Date.UTC(2031, 0, 1),
  clientCaExpiresAt: undefined,
};

t.test('a server without TLS has no series', async (t) => {
  const { metrics } = recordTelemetry();
  t.notMatch(await metrics.registry.metrics(), /^ortolan_tls_/m);
});

t.test('the end of a certificate is a metric, and its name a line', async (t) => {
  const { events, lines: log, metrics } = recordTelemetry();
  events.tls.served({ ...CERTIFICATE, clientCaExpiresAt: 5000 }, undefined);
  t.match(log, [{ level: 'INFO', message: 'certificate served', expires: '2031-01-01T00:00:00.000Z' }]);
  t.notMatch(log[0]?.['subject'], /\n/);
  const { values } = await metrics.tlsExpiry.get();
  t.strictSame(
    values.map(({ labels, value }) => [labels['certificate'], value]),
    [
      ['server', Date.UTC(2031, 0, 1) / 1000],
      ['client_ca', 5],
    ],
  );
});

t.test('one that clients refuse is served with an error in the log', async (t) => {
  const { events, lines: log } = recordTelemetry();
  events.tls.served(CERTIFICATE, 'It has expired.');
  t.match(log, [{ level: 'ERROR', reason: 'It has expired.' }]);
});

t.test('a refusal is counted and logged once, until something else happens', async (t) => {
  const { events, lines: log, metrics } = recordTelemetry();
  events.tls.served(CERTIFICATE, undefined);
  for (const reason of ['a', 'a', 'b']) events.tls.refused(reason);
  t.match(log.slice(1), [
    { level: 'ERROR', message: /the one before is still served/, reason: 'a' },
    { level: 'ERROR', reason: 'b' },
  ]);
  const state = async () => (await metrics.tlsRefused.get()).values.map(({ value }) => value);
  t.strictSame(await state(), [1]);
  events.tls.renewed(CERTIFICATE);
  t.strictSame(await state(), [0]);
  events.tls.refused('b');
  events.tls.restored();
  t.strictSame(await state(), [0]);
  const { values } = await metrics.tlsRenewals.get();
  t.strictSame(Object.fromEntries(values.map(({ labels, value }) => [labels['outcome'], value])), {
    refused: 3,
    renewed: 1,
  });
});
