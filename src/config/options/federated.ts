/** Options of federated rounds. */
import Type from 'typebox';
import { about, BYTES, GiB, KiB, MiB } from '../option.ts';

export const FEDERATED = {
  federatedDir: Type.Optional(
    Type.String({
      minLength: 1,
      ...about(
        'Folder for federated rounds, in which clients send changes of a model’s weights. Of this server alone: replicas do not share it.',
        { path: true, otherwise: 'none: there are no rounds', accepts: 'a path' },
      ),
    }),
  ),
  federatedMaxBytes: Type.Integer({
    default: 16 * MiB,
    minimum: KiB,
    maximum: GiB,
    ...about('Largest update, and largest weights that a round is opened with.', BYTES),
  }),
  federatedDiskBytes: Type.Integer({
    default: GiB,
    minimum: MiB,
    maximum: 1024 * GiB,
    ...about(
      'Most that an open round may come to take on disk; one that may take more, by its tensors and its most clients, is not opened.',
      BYTES,
    ),
  }),
} as const;
