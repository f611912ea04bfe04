/** Options of what is known of models: whose signature they need, and the keys of encrypted ones. */
import Type from 'typebox';
import { about } from '../option.ts';

export const TRUST = {
  modelPublicKeys: Type.Array(Type.String({ minLength: 1 }), {
    default: [],
    ...about(
      'Files with public keys in PEM (EC, P-256, P-384 or P-521). With any, a version with a model.sig beside its model.onnx is served only if one of them has signed it. Read again at every look at the models folder.',
      { path: true, secret: false, accepts: 'a list of files' },
    ),
  }),
  modelsSignedOnly: Type.Enum(['off', 'on'], {
    default: 'off',
    ...about(
      'Whether only models are served that a key of modelPublicKeys has signed, with their model.json, labels and golden samples.',
    ),
  }),
  modelKeyFile: Type.Optional(
    Type.String({
      minLength: 1,
      ...about(
        'The key of encrypted models: a file of 32 bytes, or of 64 hexadecimal digits, or a folder of such files, which only its owner and group can read. Read again at every load of an encrypted model.',
        {
          path: true,
          secret: false,
          otherwise: 'encrypted models are refused',
          accepts: 'a file or a folder',
        },
      ),
    }),
  ),
} as const;
