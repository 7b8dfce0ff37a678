import { type Json, type SeenObject } from '@fairlead/core';
import { byText } from '../by-text.js';
import { listAt, textAt, textsAt } from '../json-reading.js';

/** A workload's selector in the form that a list takes; null when it is empty or has an operator that we do not know. */
export function labelSelectorText(workload: SeenObject): string | null {
  const labels = Object.entries(textsAt(workload, ['spec', 'selector', 'matchLabels']));
  const parts = [
    ...labels.toSorted((a, b) => byText(a[0], b[0])).map(([key, value]) => `${key}=${value}`),
    ...listAt(workload, ['spec', 'selector', 'matchExpressions']).map(expressionText),
  ];
  return parts.length === 0 || parts.includes(null) ? null : parts.join(',');
}

function expressionText(expression: Json): string | null {
  const key = textAt(expression, ['key']);
  const values = textsIn(listAt(expression, ['values'])).join(',');
  if (key === null) return null;
  switch (textAt(expression, ['operator'])) {
    case 'In':
      return `${key} in (${values})`;
    case 'NotIn':
      return `${key} notin (${values})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return null;
  }
}

function textsIn(values: readonly Json[]): string[] {
  return values.filter((value) => typeof value === 'string');
}
