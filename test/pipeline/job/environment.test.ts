/** What a trainer is told, and what is kept from it. */
import t from 'tap';
import { environmentOf } from '../../../src/pipeline/job/environment.ts';

const FOLDERS = { out: '/run/out', home: '/run/home', champion: '/models/net/1', data: '/run/data' };

t.test('keys of the server, the store and the clouds do not reach the trainer', async (t) => {
  const own = {
    PATH: '/bin',
    HOME: '/root',
    ORTOLAN_API_KEY: 'k',
    AWS_SECRET_ACCESS_KEY: 'k',
    GOOGLE_APPLICATION_CREDENTIALS: '/k',
    OTEL_EXPORTER_OTLP_HEADERS: 'k',
    CUDA_VISIBLE_DEVICES: '0',
    NODE_OPTIONS: '--inspect',
  };
  t.strictSame(
    environmentOf({ env: { SEED: '1' }, pass: ['CUDA_VISIBLE_DEVICES', 'MISSING'] }, FOLDERS, own),
    {
      PATH: '/bin',
      CUDA_VISIBLE_DEVICES: '0',
      HOME: '/run/home',
      TMPDIR: '/run/home',
      SEED: '1',
      TRAIN_OUT: '/run/out',
      TRAIN_CHAMPION: '/models/net/1',
      TRAIN_DATA: '/run/data',
    },
  );
});

t.test('where no data are collected, none are named', async (t) => {
  t.notOk('TRAIN_DATA' in environmentOf({ env: {}, pass: [] }, { ...FOLDERS, data: undefined }, {}));
});
