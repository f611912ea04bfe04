/** The component `tls`: what is mounted is what the options name, probes speak TLS, and no key is open to all. */
import { join } from 'node:path';
import t from 'tap';
import { faultOfMode } from '../../src/config/secrets/key-file.ts';
import { buildWith, withoutKustomize } from '../support/cluster/build.ts';
import { environmentOf, podOf, theOnly, type Loose } from '../support/cluster/manifest.ts';

const skip = withoutKustomize;

t.test(
  'the Secret of the Certificate is mounted where the options say, for the group alone',
  { skip },
  async (t) => {
    const objects = buildWith(['tls'], t.testdir());
    const { container } = podOf(objects);
    const environment = environmentOf(objects, container);
    const pod = theOnly(objects, 'Deployment') as unknown as Loose;
    const volumes = pod.spec.template.spec.volumes as { name: string; secret?: Loose }[];
    const secret = volumes.find(({ name }) => name === 'tls')!.secret!;
    const certificate = theOnly(objects, 'Certificate') as unknown as Loose;
    t.equal(secret.secretName, certificate.spec.secretName);
    t.equal(faultOfMode(Number(secret.defaultMode), 'private'), undefined);
    t.equal(Number(secret.defaultMode) & 0o040, 0o040, 'the group of the pod reads it');
    const mount = container.volumeMounts?.find(({ name }) => name === 'tls');
    t.equal((mount as unknown as Loose).subPath, undefined, 'a single file would never change');
    t.equal(environment['ORTOLAN_TLS_CERT_FILE'], join(mount!.mountPath, 'tls.crt'));
    t.equal(environment['ORTOLAN_TLS_KEY_FILE'], join(mount!.mountPath, 'tls.key'));
    for (const kind of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
      t.match(container[kind]?.httpGet, { scheme: 'HTTPS' }, kind);
    }
    t.match(theOnly(objects, 'Service').spec, {
      ports: [{ port: 443, targetPort: 'http', appProtocol: 'https' }],
    });
  },
);

t.test('Prometheus scrapes by https, and knows the authority', { skip }, async (t) => {
  const objects = buildWith(['monitoring', 'tls'], t.testdir());
  const { spec } = theOnly(objects, 'ServiceMonitor') as unknown as Loose;
  const { spec: certificate } = theOnly(objects, 'Certificate') as unknown as Loose;
  t.match(spec.endpoints[0], {
    scheme: 'https',
    tlsConfig: {
      serverName: certificate.dnsNames[0],
      ca: { secret: { name: certificate.secretName, key: 'ca.crt' } },
    },
  });
});
