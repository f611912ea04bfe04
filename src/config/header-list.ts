/**
 * Headers as one text, in the form of OTEL_EXPORTER_OTLP_HEADERS: `name=value,name=value`, with what is special in a
 * value written as `%2C`. Pure.
 */
import { validateHeaderName, validateHeaderValue } from 'node:http';

/** Undefined when the text is not such a list, or names something that cannot be sent as a header. */
export function parseHeaderList(text: string): Readonly<Record<string, string>> | undefined {
  const headers: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const equals = pair.indexOf('=');
    if (equals < 1) return undefined;
    const name = pair.slice(0, equals).trim().toLowerCase();
    try {
      const value = decodeURIComponent(pair.slice(equals + 1).trim());
      validateHeaderName(name);
      validateHeaderValue(name, value);
      headers[name] = value;
    } catch {
      return undefined;
    }
  }
  return headers;
}
