/** The parameters in the paths of these routes. */
import type { Parameter } from './description.ts';

export const OF_MODEL = {
  Model: {
    name: 'model',
    in: 'path',
    required: true,
    description: 'Name of a model.',
    schema: { type: 'string' },
  },
} as const satisfies Record<string, Parameter>;

export const OF_VERSION = {
  ...OF_MODEL,
  Version: {
    name: 'version',
    in: 'path',
    required: true,
    description: 'A version of the model: its number or one of its labels.',
    schema: { type: 'string' },
  },
} as const satisfies Record<string, Parameter>;
