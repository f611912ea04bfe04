import t from 'tap';
import { AllowedHost } from '../../src/outbound/allowed-host.ts';

const matches = (entry: string, hostname: string, port: number): boolean =>
  new AllowedHost(entry).matches(hostname, port);

t.test('a host without a port matches itself on 80 and 443 and on no other port', async (t) => {
  t.ok(matches('images.example.com', 'images.example.com', 80));
  t.ok(matches('images.example.com', 'images.example.com', 443));
  t.notOk(matches('images.example.com', 'images.example.com', 8080));
});

t.test('a host with a port matches on that port only', async (t) => {
  t.ok(matches('minio.internal:9000', 'minio.internal', 9000));
  t.notOk(matches('minio.internal:9000', 'minio.internal', 80));
  t.ok(matches('minio.internal:80', 'minio.internal', 80));
  t.notOk(matches('minio.internal:80', 'minio.internal', 443));
});

t.test('a host matches neither its subdomains nor names that end like it', async (t) => {
  t.notOk(matches('example.com', 'www.example.com', 443));
  t.notOk(matches('example.com', 'badexample.com', 443));
  t.notOk(matches('example.com', 'example.com.evil.test', 443));
});

t.test('a wildcard matches every name below its domain, not the domain or similar names', async (t) => {
  t.ok(matches('*.example.com', 'a.example.com', 443));
  t.ok(matches('*.example.com', 'a.b.example.com', 443));
  t.notOk(matches('*.example.com', 'example.com', 443));
  t.notOk(matches('*.example.com', 'badexample.com', 443));
  t.ok(matches('*.example.com:8443', 'a.example.com', 8443));
  t.notOk(matches('*.example.com:8443', 'a.example.com', 443));
});

t.test('entries are compared in the spelling of parsed URLs', async (t) => {
  t.ok(matches('Images.Example.COM', 'images.example.com', 443));
  t.ok(matches('bücher.example', 'xn--bcher-kva.example', 443));
  t.ok(matches('example.com.', 'example.com', 443));
  t.ok(matches('[FD12:0::7]:9000', 'fd12::7', 9000));
  t.ok(matches('::1', '::1', 80));
  t.ok(matches('127.1:9000', '127.0.0.1', 9000));
});

t.test('an entry other than host, host:port or *.domain is an error that quotes it', async (t) => {
  for (const entry of [
    ...[
      '',
      '*',
      '*.',
      '.',
      'http://a.test',
      'a.test/path',
      'user@a.test',
      'a.test:',
      'a.test:0',
      'a.test:65536',
    ],
    ...[
      'a.test:x',
      'a b',
      '[::1',
      '[::g]',
      '*.0.0.1',
      '*.*.test',
      'a.*.test',
      'a..test',
      'a\\b',
      '1.2.3.4.5',
    ],
  ]) {
    const message = `'${entry}' is not a host, host:port or *.domain`;
    t.throws(() => new AllowedHost(entry), { name: 'RangeError', message }, entry);
  }
});
