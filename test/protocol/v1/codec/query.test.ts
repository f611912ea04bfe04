import fc from 'fast-check';
import t from 'tap';
import { ServingError } from '../../../../src/errors.ts';
import { decodeQuery, decodeTimeout } from '../../../../src/protocol/v1/codec/query.ts';

const ROWS = { classes: undefined, tensors: true };

t.test('without a query top_k is undefined', async (t) => {
  t.equal(decodeQuery('', { classes: 1000, tensors: false }).topK, undefined);
});

t.test('top_k is a whole number from 1 to the number of classes', async (t) => {
  t.equal(decodeQuery('top_k=1', { classes: 1000, tensors: false }).topK, 1);
  t.equal(decodeQuery('top_k=1000', { classes: 1000, tensors: false }).topK, 1000);
  for (const text of ['0', '1001', '-1', '1.5', '1e2', '', '+5', '٣', ' 5', '0x5', '9'.repeat(400)]) {
    t.throws(() => decodeQuery(`top_k=${encodeURIComponent(text)}`, { classes: 1000, tensors: false }), {
      code: 'BAD_QUERY',
      pointer: '/top_k',
      message: /1 to 1000/,
    });
  }
});

t.test('top_k given twice is refused', async (t) => {
  t.throws(() => decodeQuery('top_k=3&top_k=3', { classes: 1000, tensors: false }), {
    code: 'BAD_QUERY',
    pointer: '/top_k',
  });
});

t.test('an unknown parameter is refused and named', async (t) => {
  t.throws(() => decodeQuery('topk=3', { classes: 1000, tensors: false }), {
    code: 'BAD_QUERY',
    pointer: '/topk',
  });
  t.throws(() => decodeQuery('a%2Fb=3', { classes: 1000, tensors: false }), {
    code: 'BAD_QUERY',
    pointer: '/a~1b',
  });
});

t.test('any query gives a top_k in range or a ServingError', async () => {
  const piece = fc.oneof(fc.constantFrom('top_k', '=', '&', '%', '5', '%00'), fc.string());
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((all) => all.join('')),
      ),
      (query) => {
        try {
          const { topK } = decodeQuery(query, { classes: 10, tensors: false });
          return topK === undefined || (Number.isInteger(topK) && topK >= 1 && topK <= 10);
        } catch (error) {
          return error instanceof ServingError && error.code === 'BAD_QUERY';
        }
      },
    ),
  );
});

t.test('timeout is accepted with top_k and alone', async (t) => {
  t.equal(decodeQuery('timeout=5', { classes: 1000, tensors: false }).topK, undefined);
  t.equal(decodeQuery('timeout=5&top_k=3', { classes: 1000, tensors: false }).topK, 3);
  t.equal(decodeQuery('timeout=5', ROWS).topK, undefined);
});

t.test('a model that takes tensors accepts their type and shape, and no top_k', async (t) => {
  const message = 'The query parameters here are datatype, shape, timeout.';
  t.match(decodeQuery('datatype=FP64&shape=2,3', ROWS), { datatype: 'FP64', shape: [2, 3] });
  t.match(decodeQuery('shape=', ROWS), { shape: [] }, 'a scalar');
  t.throws(() => decodeQuery('top_k=3', ROWS), { code: 'BAD_QUERY', pointer: '/top_k', message });
  for (const query of [
    'datatype=float32',
    'datatype=',
    'shape=2,',
    'shape=-1,2',
    'shape=a',
    'shape=1&shape=1',
  ]) {
    t.throws(() => decodeQuery(query, ROWS), { code: 'BAD_QUERY', pointer: /^.(datatype|shape)$/ }, query);
  }
});

t.test('timeout is one positive whole number of milliseconds', async (t) => {
  t.equal(decodeTimeout('timeout=1'), 1);
  t.equal(decodeTimeout('top_k=3&timeout=999999999'), 999_999_999);
  for (const query of ['', 'top_k=3', 'mytimeout=3', 'top_k=timeout'])
    t.equal(decodeTimeout(query), undefined);
  for (const text of ['0', '-1', '1.5', '1e3', '', ' 5', '0x10', 'soon', '1000000000', '٣']) {
    t.throws(() => decodeTimeout(`timeout=${encodeURIComponent(text)}`), {
      code: 'BAD_QUERY',
      pointer: '/timeout',
    });
  }
  t.throws(() => decodeTimeout('timeout=5&timeout=5'), { code: 'BAD_QUERY', pointer: '/timeout' });
});

t.test('any query gives a timeout, none, or a ServingError', async () => {
  const piece = fc.oneof(
    fc.constantFrom('timeout=5', 'timeout=', '&', '%', '0', '7', '%00', '&top_k=3'),
    fc.string({ maxLength: 3 }),
  );
  fc.assert(
    fc.property(
      fc.array(piece).map((all) => all.join('')),
      (query) => {
        try {
          const timeoutMs = decodeTimeout(query);
          return timeoutMs === undefined || (Number.isInteger(timeoutMs) && timeoutMs > 0);
        } catch (error) {
          return error instanceof ServingError && error.code === 'BAD_QUERY';
        }
      },
    ),
  );
});
