/** Schemas and examples of the repository extension. */
import Type from 'typebox';
import type { IndexState } from '../../../serving/control/index-rows.ts';
import type { Example } from '../../description.ts';
import { MODEL, text } from '../../schemas.ts';

const INDEX_STATES = [
  'UNKNOWN',
  'READY',
  'UNAVAILABLE',
  'LOADING',
  'UNLOADING',
] as const satisfies IndexState[];

export const RepositoryIndex = Type.Array(
  Type.Object({
    name: Type.String(),
    version: Type.Optional(text('Its number; left out where none is known.')),
    state: Type.Enum([...INDEX_STATES]),
    reason: text(
      'Why it is in that state; of a version that is READY, why the files that lie in its place now are not served. Empty where there is nothing to say.',
    ),
  }),
  { title: 'RepositoryIndex' },
);

export const IndexFilter = Type.Object(
  { ready: Type.Optional(Type.Boolean({ description: 'True: only versions that are READY.' })) },
  { title: 'IndexFilter' },
);

/** Of a call that the server has no parameters for. */
export const LoadCall = Type.Object(
  { parameters: Type.Optional(Type.Object({}, { description: 'Must be empty.' })) },
  { title: 'LoadCall' },
);

export const UnloadCall = Type.Object(
  {
    parameters: Type.Optional(
      Type.Object({
        unload_dependents: Type.Optional(
          Type.Boolean({ description: 'Makes no difference: no model depends on another one.' }),
        ),
      }),
    ),
  },
  { title: 'UnloadCall' },
);

export const LoadAnswer = Type.Object(
  { name: Type.String(), load: Type.Literal(true) },
  { title: 'LoadAnswer' },
);

export const UnloadAnswer = Type.Object(
  { name: Type.String(), unload: Type.Literal(true) },
  { title: 'UnloadAnswer' },
);

export const INDEX: Example = {
  summary: 'One version serves, the next was refused',
  value: [
    { ...MODEL, state: 'READY', reason: '' },
    { ...MODEL, version: '2', state: 'UNAVAILABLE', reason: 'Its files changed while it was loaded.' },
  ],
};

export const INDEX_FILTER: Example = { summary: 'Only what is ready', value: { ready: true } };
export const LOAD_CALL: Example = { summary: 'As the clients send it', value: {} };
export const UNLOAD_CALL: Example = {
  summary: 'As the clients send it',
  value: { parameters: { unload_dependents: false } },
};
export const LOADED: Example = { summary: 'It serves now', value: { name: MODEL.name, load: true } };
export const UNLOADED: Example = {
  summary: 'Requests no longer find it',
  value: { name: MODEL.name, unload: true },
};
