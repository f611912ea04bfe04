import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { reportOf } from '../../src/gate/gate.ts';
import { mostChanged, parseReport, readReport } from '../../src/repository/report.ts';
import { scanRepository } from '../../src/repository/repository.ts';
import { affine } from '../support/tiny-models.ts';

const side = { name: 'net', version: '1', sha256: 'a'.repeat(64), bytes: 1000 };
const report = reportOf({
  answers: [0, 0, 1, 1, 2].map((label, index) => ({
    label,
    champion: label,
    challenger: index === 3 ? 0 : label,
  })),
  champion: side,
  challenger: { ...side, version: '2' },
  asked: {},
  examples: { kind: 'rows', sha256: 'b'.repeat(64) },
  machine: { processor: 'a processor', architecture: 'x64' },
  madeAt: '2026-01-02T03:04:05.000Z',
  made: { how: 'int8', from: '1', facts: { reduceRange: false, kept: ['a', 'b'] } },
});
const text = JSON.stringify(report);

t.test('the scan finds the report beside a version', async (t) => {
  const root = t.testdir({
    net: { 1: { 'model.onnx': affine().file }, 2: { 'model.onnx': affine().file, 'report.json': text } },
  });
  const [one, two] = (await scanRepository(root)).models[0]!.versions;
  t.equal(one!.report, undefined);
  t.notOk('report' in one!);
  t.same(two!.report, report);
});

t.test('what is no report of ours, or lies outside, is passed over', async (t) => {
  const root = t.testdir({ outside: { 'report.json': text }, models: { 1: {}, 2: {} } });
  const models = join(root, 'models');
  for (const content of [
    '',
    '{',
    '[]',
    'null',
    '{"versions": {}}',
    text.replace('"n":5', '"n":-5'),
    text.slice(0, -1),
  ]) {
    writeFileSync(join(models, '1/report.json'), content);
    t.equal(await readReport(join(models, '1/model.onnx'), models), undefined, content.slice(0, 20));
    t.equal(parseReport(content), undefined);
  }
  symlinkSync(join(root, 'outside/report.json'), join(models, '2/report.json'));
  t.equal(await readReport(join(models, '2/model.onnx'), models), undefined, 'a link');
  t.equal(await readReport(join(models, '3/model.onnx'), models), undefined, 'no folder');
});

t.test('the classes that changed are named, the greatest loss first', (t) => {
  t.same(
    mostChanged(report, 5).map(({ classId }) => classId),
    [1],
  );
  t.same(mostChanged(report, 0), []);
  t.end();
});
