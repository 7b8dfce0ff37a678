import type { MetricReading } from '@fairlead/core';

/**
 * One line of Prometheus' text format: `name{label="value"} 1`, with a time behind it or not. Null for
 * comments and for what is no number that JSON can hold.
 */
export function parseMetric(line: string): MetricReading | null {
  const [, name, , labelText = '', text = ''] =
    /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?\s+(\S+)/.exec(line) ?? [];
  const value = Number(text);
  if (name === undefined || !Number.isFinite(value)) return null;
  const labels: Record<string, string> = {};
  for (const [, label = '', written = ''] of labelText.matchAll(
    /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g,
  )) {
    labels[label] = written.replaceAll(/\\(.)/g, (_all, char: string) =>
      char === 'n' ? '\n' : char,
    );
  }
  return { name, labels, value };
}
