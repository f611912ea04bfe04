/** Options of feature stores. */
import Type from 'typebox';
import { about } from '../option.ts';
import { secretOption } from '../secrets/file-option.ts';

export const FEATURES = {
  featureStores: Type.Array(Type.String({ pattern: '^https?://[^\\s,?#@]+$' }), {
    default: [],
    ...about(
      'Addresses of feature servers of Feast that models may be given features from, such as http://feast:6566. A model.json can name one of these and no other address.',
      { accepts: 'a list of http or https addresses' },
    ),
  }),
  ...secretOption(
    'featureStoreToken',
    Type.Optional(
      Type.String({
        minLength: 1,
        ...about('Sent to feature stores as `Authorization: Bearer …`.', {
          secret: true,
          otherwise: 'none',
          accepts: 'a token',
        }),
      }),
    ),
  ),
} as const;
