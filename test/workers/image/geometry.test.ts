import t from 'tap';
import { geometryOf } from '../../../workers/image/geometry.ts';

t.test('the short side becomes the resize and the crop is in the middle', (t) => {
  t.same(geometryOf(500, 375, 256, 224), { width: 341, height: 256, left: 58, top: 16 });
  t.same(geometryOf(375, 500, 256, 224), { width: 256, height: 341, left: 16, top: 58 });
  t.same(geometryOf(300, 300, 256, 224), { width: 256, height: 256, left: 16, top: 16 });
  t.end();
});

t.test('a half is rounded to the even number, as Python does', (t) => {
  t.equal(geometryOf(683, 512, 256, 224).width, 342); // 341.5
  t.equal(geometryOf(685, 512, 256, 224).width, 342); // 342.5
  t.end();
});

t.test('an odd margin leaves its larger half at the right and the bottom', (t) => {
  t.same(geometryOf(9, 9, 9, 4), { width: 9, height: 9, left: 2, top: 2 });
  t.end();
});
