import t from 'tap';
import { welcomeText } from '../../src/cli/welcome.ts';

const facts = {
  version: '0.1.0',
  url: 'http://127.0.0.1:8000',
  workers: 2,
  machine: { cores: 2, coresFrom: 'cpu quota 2', memoryBytes: 1024 ** 3 + 5, memoryFrom: 'memory limit' },
  models: ['efficientnet-lite0', 'resnet18'],
  defaultModel: 'efficientnet-lite0',
  photo: 'test/fixtures/photos/cat.jpg',
};

t.test('prints the address, the models and a command to try', (t) => {
  t.equal(
    welcomeText(facts),
    [
      'Ortolan 0.1.0 is ready at http://127.0.0.1:8000',
      '  try it         http://127.0.0.1:8000/',
      '  documentation  http://127.0.0.1:8000/docs',
      '  health         http://127.0.0.1:8000/health',
      '  machine        2 cores (cpu quota 2), 1 GiB (memory limit)',
      '  workers        2',
      '  models         efficientnet-lite0 (default), resnet18',
      'Try:',
      "  curl --data-binary @test/fixtures/photos/cat.jpg -H 'content-type: image/jpeg' 'http://127.0.0.1:8000/v1/predict?top_k=3'",
    ].join('\n'),
  );
  t.end();
});

for (const url of ['http://0.0.0.0:8000', 'http://[::]:8000']) {
  t.test(`gives an address that works from this machine for ${url}`, (t) => {
    const text = welcomeText({ ...facts, url });
    t.match(text, "'http://127.0.0.1:8000/v1/predict");
    t.notMatch(text, url);
    t.end();
  });
}

t.test('the command reaches a server with TLS by an address that its certificate does not name', (t) => {
  const text = welcomeText({ ...facts, url: 'https://0.0.0.0:8000' });
  t.match(text, / ready at https:\/\/127\.0\.0\.1:8000\n/);
  t.match(text, / {2}curl --insecure --data-binary .* 'https:\/\/127/);
  t.end();
});
