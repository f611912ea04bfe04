/** A job that trains: a process here, or a Job of a cluster. */

export interface JobOrder {
  /** Of the run: the same run has the same job, also after the pipeline was started again. */
  readonly id: string;
  readonly model: string;
  readonly command: readonly string[];
  /** Working folder. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
  /** A folder of the run for notes of the job: what it printed, what is known of its process. */
  readonly notes: string;
  /** Ends the waiting for the job. */
  readonly signal: AbortSignal;
}

export interface Job {
  readonly kind: 'process' | 'kubernetes';
  /**
   * Resolves when the job has done its work.
   * @throws PipelineError when it failed or was ended at its deadline, and the reason of `signal` when that is aborted
   */
  run(order: JobOrder): Promise<void>;
  /** Whether a job that was left behind by a pipeline that was killed goes on by itself, and is waited for by run(). */
  readonly outlives: boolean;
}
