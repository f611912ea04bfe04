import t from 'tap';
import { bodyKindOf, boundaryOf } from '../../../../src/protocol/v1/codec/media-type.ts';

t.test('images, octets and no content type are raw bytes', async (t) => {
  for (const type of [undefined, '', 'image/jpeg', 'Image/PNG', 'application/octet-stream; x=y']) {
    t.equal(bodyKindOf(type), 'raw', String(type));
  }
});

t.test('JSON and forms are known with their parameters and in any case', async (t) => {
  t.equal(bodyKindOf('application/json; charset=utf-8'), 'json');
  t.equal(bodyKindOf('Multipart/Form-Data; boundary=x'), 'multipart');
});

t.test('any other content type is refused with the list of supported ones', async (t) => {
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/mixed',
    'imagejpeg',
    ';',
  ]) {
    if (type === ';') t.equal(bodyKindOf(type), 'raw');
    else t.throws(() => bodyKindOf(type), { code: 'UNSUPPORTED_MEDIA_TYPE', message: /application\/json/ });
  }
});

t.test('a boundary is read plain, quoted, and among other parameters', async (t) => {
  t.equal(boundaryOf('multipart/form-data; boundary=abc'), 'abc');
  t.equal(boundaryOf('multipart/form-data;BOUNDARY="a b:c"'), 'a b:c');
  t.equal(boundaryOf('multipart/form-data; charset=utf-8; boundary=a=b; x=y'), 'a=b');
});

t.test('a boundary that is missing, empty, too long or of other characters is refused', async (t) => {
  for (const rest of [
    '',
    '; boundary=',
    '; boundary=""',
    `; boundary=${'b'.repeat(71)}`,
    '; boundary="a "',
    '; boundary=ä',
  ]) {
    t.throws(() => boundaryOf(`multipart/form-data${rest}`), { code: 'BAD_MULTIPART' }, rest);
  }
});
