/** A sample request, with what a program in any language needs to know. */
import type { Sample, SampleBody } from '../../protocol/description.ts';
import type { DescribedRoute } from '../../protocol/route-set.ts';

export interface SampleRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly body: SampleBody | undefined;
  /** What becomes of the answer: printed with its status, printed, or written to a file. */
  readonly showsStatus: boolean;
  readonly saveAs: string | undefined;
  /** Whether the answer is JSON. */
  readonly answersJson: boolean;
}

/** Where a server listens unless it is set otherwise. */
const BASE = 'http://127.0.0.1:8000';

export const requestOf = (
  { method, answers }: DescribedRoute<never>,
  { path, body, showsStatus = false, saveAs }: Sample,
): SampleRequest => ({
  method,
  url: `${BASE}${path}`,
  body,
  showsStatus,
  saveAs,
  answersJson: 'application/json' in (answers[200]?.contents ?? {}),
});
