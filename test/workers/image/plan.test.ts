import t from 'tap';
import { Plans } from '../../../workers/image/plan.ts';

const preprocess = { resize: 256, crop: 224, filter: 'bicubic' } as const;

t.test('the plan of a size is made once', (t) => {
  const plans = new Plans();
  const first = plans.of(500, 375, preprocess);
  t.equal(plans.of(500, 375, preprocess), first);
  t.not(plans.of(375, 500, preprocess), first);
  t.not(plans.of(500, 375, { ...preprocess, filter: 'bilinear' }), first);
  t.not(plans.of(500, 375, { ...preprocess, crop: 200 }), first);
  t.end();
});

t.test('the size used longest ago is forgotten when there are more than sixteen', (t) => {
  const plans = new Plans();
  const sizes = Array.from({ length: 16 }, (_, index) => 300 + index);
  const made = sizes.map((size) => plans.of(size, size, preprocess));
  t.equal(plans.of(300, 300, preprocess), made[0], 'used again');
  plans.of(999, 999, preprocess);
  t.equal(plans.size, 16);
  t.equal(plans.of(300, 300, preprocess), made[0], 'still there');
  t.not(plans.of(301, 301, preprocess), made[1], 'gone');
  t.end();
});

t.test('only a picture that loses more than twice as many rows as columns goes vertically first', (t) => {
  const plans = new Plans();
  const first = (width: number, height: number) => plans.of(width, height, preprocess).verticalFirst;
  t.equal(first(512, 1024), false);
  t.equal(first(512, 1030), true);
  t.equal(first(1500, 300), false);
  t.equal(first(100, 150), false, 'it is scaled up');
  t.end();
});
