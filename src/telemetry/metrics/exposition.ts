/** The text of a scrape: OpenMetrics where `Accept` names it, else Prometheus text. */
import { Registry } from 'prom-client';
import type { Metrics } from './metrics.ts';
import type { Exposed, Exposition } from './series/table.ts';

export async function exposition(
  metrics: Metrics,
  accept: string,
): Promise<{ contentType: string; body: string }> {
  if (!accept.includes('application/openmetrics-text')) {
    return { contentType: metrics.registry.contentType, body: await metrics.registry.metrics() };
  }
  // A registry has one format; the same metrics in another registry have another.
  const registry = new Registry();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
  for (const metric of metrics.registry.getMetricsAsArray() as unknown as Exposed[]) {
    registry.registerMetric(inOpenMetrics(metric) as never);
  }
  return { contentType: registry.contentType, body: await registry.metrics() };
}

/**
 * A copy for one scrape, because prom-client changes the name of the counter itself when it writes this format. It also
 * appends `_total` to the name of every counter; one without that ending must not get it, so its type is `unknown`.
 */
function inOpenMetrics(metric: Exposed): Exposed {
  const foreign = metric.type === 'counter' && !metric.name.endsWith('_total');
  const type = foreign ? 'unknown' : metric.type;
  const name = metric.type === 'counter' ? metric.name.replace(/_total$/, '') : metric.name;
  const { help, labelNames } = metric;
  const get = async (): Promise<Exposition> => ({ ...(await metric.get()), name, type });
  return { name, help, type, labelNames, get };
}
