/** Models that are pulled from a store before anything is served, and again while the server runs. */
import { openArtifacts } from '../artifacts/open.ts';
import { ArtifactError } from '../artifacts/artifact-error.ts';
import { parseWanted } from '../artifacts/source/wanted.ts';
import { ArtifactWatch } from '../artifacts/watch.ts';
import { systemClock as clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { trustOf } from '../repository/trust/trust.ts';
import type { Events } from '../telemetry/events/events.ts';
import { StartError } from './start-error.ts';

/** Of each request of a server, which asks again at its next look. */
const ATTEMPTS = 3;

/**
 * Pulls what the store at `url` offers. Where the store cannot be read, what was pulled before is served.
 * @throws StartError when there is nothing to serve instead
 */
export async function pulledArtifacts(
  config: Config,
  url: string,
  events: Events['artifacts'],
): Promise<ArtifactWatch> {
  const { models, modelName } = config;
  if (modelName !== undefined) {
    throw new StartError(
      'artifactsUrl pulls models by their names, and modelName gives the models folder to one: set only one of them.',
    );
  }
  try {
    const { source, traffic } = await openArtifacts({
      url,
      endpoint: config.artifactsEndpoint,
      region: config.artifactsRegion,
      env: process.env,
      attempts: ATTEMPTS,
    });
    const watch = new ArtifactWatch({
      source,
      models,
      clock,
      trust: trustOf(config),
      wanted: config.artifactsModels.map(parseWanted),
      pollMs: config.artifactsPollMs,
      events,
      traffic,
    });
    await watch.begin();
    return watch;
  } catch (error) {
    if (error instanceof ArtifactError) throw new StartError(error.message);
    throw error;
  }
}
