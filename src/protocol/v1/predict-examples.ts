/**
 * Examples of the bodies of predictions and of their answers. The requests can be sent as they are, and the classes are those
 * of test/fixtures/photos/cat.jpg; tests check both.
 */
import type { Example } from '../description.ts';
import { MODEL, REQUEST_ID } from '../schemas.ts';

/** One green pixel as WebP: the shortest image that can be pasted. */
export const PIXEL = 'UklGRh4AAABXRUJQVlA4TBEAAAAvAAAAAAdQ1RL1rv+BiOh/AAA=';

const TIMINGS = { read: 0.27, queue: 0.03, decode: 1.53, infer: 8.41, post: 0.03, total: 10.47 };
const BATCH = { size: 1, reason: 'idle', width: 'wide' };

const CAT = [
  { class_id: 282, label: 'tiger cat', probability: 0.3907 },
  { class_id: 285, label: 'Egyptian cat', probability: 0.341 },
  { class_id: 281, label: 'tabby', probability: 0.174268 },
];

export const BODIES = {
  image: { summary: 'One image', value: { image: PIXEL, top_k: 3 } },
  url: {
    summary: 'One image by its URL',
    value: { url: 'https://example.org/photo.jpg', top_k: 3 },
  },
  images: {
    summary: 'Several images',
    value: { images: [PIXEL, `data:image/webp;base64,${PIXEL}`] },
  },
  rows: {
    summary: 'Two rows of four numbers, for a model with one input x',
    value: {
      inputs: {
        x: [
          [5.1, 3.5, 1.4, 0.2],
          [6.2, 2.9, 4.3, 1.3],
        ],
      },
    },
  },
} as const satisfies Record<string, Example>;

export const ANSWERS = {
  imageAnswer: {
    summary: 'One image',
    value: { request_id: REQUEST_ID, model: MODEL, predictions: CAT, timings_ms: TIMINGS, batch: BATCH },
  },
  imagesAnswer: {
    summary: 'Several images, of which one is broken',
    value: {
      request_id: REQUEST_ID,
      model: MODEL,
      results: [
        { predictions: CAT.slice(0, 1) },
        {
          error: 'The bytes do not begin like any image; JPEG, PNG and WebP are served.',
          code: 'NOT_AN_IMAGE',
        },
      ],
      timings_ms: TIMINGS,
      batch: BATCH,
    },
  },
  rowsAnswer: {
    summary: 'Two rows, for a model with one output y',
    value: {
      request_id: REQUEST_ID,
      model: { name: 'iris', version: '1' },
      outputs: {
        y: [
          [0.98, 0.02, 0],
          [0.01, 0.93, 0.06],
        ],
      },
      timings_ms: { read: 0.08, queue: 0.02, decode: 0, infer: 0.11, post: 0.01, total: 0.35 },
      batch: { size: 2, reason: 'idle', width: 'narrow' },
    },
  },
} as const satisfies Record<string, Example>;
