/** What is said of a prediction: POST /v1/feedback. */

/** One of four: the name of the class that it is, its index, whether the most probable one was right, or how good it was. */
export type Said =
  | { readonly label: string }
  | { readonly classId: number }
  | { readonly correct: boolean }
  /** From 0 to 1. */
  | { readonly score: number };

export interface FeedbackAnswer {
  readonly request_id: string;
  /** Place of the image or row in its request. */
  readonly index: number;
  /** known: it was said before, and counts once. */
  readonly status: 'accepted' | 'known';
  readonly model: { readonly name: string; readonly version: string };
  /** Whether the most probable class was right; left out for a score. */
  readonly correct?: boolean;
}

/** The body. `index`: of the image or row, where the request had several. */
export function feedbackBody(requestId: string, said: Said, index: number | undefined): string {
  const { classId, ...others } = said as { readonly classId?: number };
  return JSON.stringify({
    request_id: requestId,
    ...(index !== undefined && { index }),
    ...(classId !== undefined && { class_id: classId }),
    ...others,
  });
}
