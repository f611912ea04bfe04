/**
 * The text of a scrape, in the format that the client asks for: OpenMetrics by `Accept`, else Prometheus text. A scrape
 * in one format changes nothing for the next.
 */
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
 * A stand-in, because prom-client takes `_total` off the name of the counter itself when it writes this format. It then
 * puts that behind every counter's name; one that has no such end is not to get it, and is of a type without rules.
 */
function inOpenMetrics(metric: Exposed): Exposed {
  const foreign = metric.type === 'counter' && !metric.name.endsWith('_total');
  const type = foreign ? 'unknown' : metric.type;
  const name = metric.type === 'counter' ? metric.name.replace(/_total$/, '') : metric.name;
  const { help, labelNames } = metric;
  const get = async (): Promise<Exposition> => ({ ...(await metric.get()), name, type });
  return { name, help, type, labelNames, get };
}
