/** Whatever flags, variables and model.json say, they give a configuration or sentences that name what is wrong. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { ConfigError, loadConfig } from '../../src/config/load.ts';
import { readMachine } from '../../src/config/machine.ts';
import { envOf } from '../../src/config/names.ts';
import { OPTION_NAMES } from '../../src/config/schema.ts';
import { parseModelConfig } from '../../src/repository/model-config.ts';
import { ModelError } from '../../src/repository/model-error.ts';
import { ModelConfigSchema } from '../../src/repository/model-json/schema.ts';
import { runs } from './runs.ts';

const machine = readMachine();
const folder = mkdtempSync(join(tmpdir(), 'ortolan-fuzz-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const text = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1',
    '80',
    '1e9',
    '0x10',
    'true',
    'off',
    'none',
    '1,2',
    '[]',
    '{"a":1}',
    '64MB',
    '1 GiB',
    '50%',
  ),
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.integer().map(String),
  fc.double().map(String),
);
const option = fc.constantFrom(...OPTION_NAMES);
const given = fc.dictionary(option, text, { maxKeys: 6 });
/** Names that are nearly those of options, too. */
const variable = fc.oneof(
  { weight: 9, arbitrary: option.map((name) => envOf(name)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'ORTOLAN_',
      'ORTOLAN_PROT',
      'ORTOLAN_PORT_FILE',
      'OTEL_SERVICE_NAME',
      'HOME',
      'XDG_CACHE_HOME',
    ),
  },
);

/** True when it is a configuration, or says what is wrong and where. */
function endsWell(load: () => unknown): boolean {
  try {
    return load() !== undefined;
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof ModelError)) throw error;
    return error.message.length > 10 && error.message.length < 100_000;
  }
}

t.test('any flags and variables give a configuration or say what is wrong', async () => {
  fc.assert(
    fc.property(given, fc.dictionary(variable, text, { maxKeys: 6 }), (flags, env) =>
      endsWell(() => loadConfig({ flags, env, cwd: folder, machine })),
    ),
    { numRuns: runs(2000) },
  );
});

const key = fc.oneof(
  fc.constantFrom(...Object.keys(ModelConfigSchema.properties)),
  fc.constantFrom('__proto__', 'constructor', 'x'),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      1,
      -1,
      2 ** 53,
      0.5,
      '',
      'x',
      'FP32',
      'UINT8',
      'BYTES',
      'latest',
      '1',
      '../..',
      '/etc/passwd',
    ),
    fc.string(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.oneof(
        key,
        fc.constantFrom('name', 'datatype', 'shape', 'resize', 'crop', 'mean', 'std', 'split', 'shadow'),
      ),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
}));
const modelJson = fc.oneof(
  { weight: 8, arbitrary: fc.dictionary(key, value, { maxKeys: 5 }).map((one) => JSON.stringify(one)) },
  { weight: 1, arbitrary: value.map((one) => JSON.stringify(one) ?? '') },
  { weight: 1, arbitrary: fc.string() },
);

t.test('any model.json gives the settings of a model or says what is wrong', async () => {
  fc.assert(
    fc.property(modelJson, (content) => endsWell(() => parseModelConfig(content, 'model.json'))),
    { numRuns: runs(3000) },
  );
});

t.test('any ortolan.json and .env give a configuration or say what is wrong', async () => {
  const file = fc.oneof(
    fc
      .dictionary(fc.oneof(option, fc.constantFrom('prot', '__proto__')), fc.oneof(text, value), {
        maxKeys: 5,
      })
      .map((one) => JSON.stringify(one)),
    fc.string(),
  );
  const lines = fc.array(
    fc.tuple(variable, text).map(([name, content]) => `${name}=${content}`),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(file, lines, (config, env) => {
      writeFileSync(join(folder, 'ortolan.json'), config);
      writeFileSync(join(folder, '.env'), env.join('\n'));
      return endsWell(() => loadConfig({ flags: {}, env: {}, cwd: folder, machine }));
    }),
    { numRuns: runs(1000, 4) },
  );
});
