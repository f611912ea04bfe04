/** The sample requests of a route, in every language that the documents have. */
import type { DescribedRoute } from '../../protocol/route-set.ts';
import { curl } from './curl.ts';
import { javascript } from './javascript.ts';
import { python } from './python.ts';
import { requestOf } from './request.ts';

const LANGUAGES = [
  { lang: 'Shell', write: curl },
  { lang: 'Python', write: python },
  { lang: 'JavaScript', write: javascript },
] as const;

/** One request after the other, each in all languages. */
export const codeSamples = (route: DescribedRoute<never>) =>
  route.samples.flatMap((sample) =>
    LANGUAGES.map(({ lang, write }) => ({
      lang,
      label: sample.label,
      source: write(requestOf(route, sample)),
    })),
  );
