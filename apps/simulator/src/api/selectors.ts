import { badRequest } from './api-error.js';
import { isFields, type KubeObject } from './kube-object.js';

export type Matcher = (object: KubeObject) => boolean;

const equality = /^([^!=\s]+)\s*(=|==|!=)\s*(\S*)$/;
const membership = /^([^!=\s,]+)\s+(in|notin)\s*\(([^)]*)\)$/;

/** `a=b,c!=d,e in (f,g),h,!i` over labels. Throws 400 for what it cannot read. */
export function labelMatcher(selector: string): Matcher {
  // Commas inside parentheses separate the values of one requirement.
  const parts = selector.match(/[^,(]+(?:\([^)]*\))?/g) ?? [];
  const tests = parts.map((part) => labelTest(part.trim())).filter((test) => test !== null);
  return (object) => {
    const labels = object.metadata.labels ?? {};
    return tests.every((test) => test(labels));
  };
}

type LabelTest = (labels: Readonly<Record<string, string>>) => boolean;

function labelTest(part: string): LabelTest | null {
  if (part === '') return null;
  const set = membership.exec(part);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return (labels) => values.includes(labels[key] ?? '\0') === (operator === 'in');
  }
  const equal = equality.exec(part);
  if (equal !== null) {
    const [, key = '', operator, value] = equal;
    return (labels) => (labels[key] === value) === (operator !== '!=');
  }
  if (/^![^\s=]+$/.test(part)) return (labels) => !Object.hasOwn(labels, part.slice(1));
  if (/^[^\s=!]+$/.test(part)) return (labels) => Object.hasOwn(labels, part);
  throw badRequest(`unable to parse requirement: ${part}`);
}

const fieldsByKind: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec.nodeName', 'spec.restartPolicy', 'spec.hostNetwork', 'status.phase', 'status.podIP'],
  Job: ['status.successful'],
  Service: ['spec.clusterIP', 'spec.type'],
  Event: ['involvedObject.name', 'involvedObject.uid', 'reason', 'type'],
};

/** `metadata.name=x,spec.nodeName!=y`: only the fields that the real server supports for the kind. */
export function fieldMatcher(selector: string, kind: string): Matcher {
  const known = ['metadata.name', 'metadata.namespace', ...(fieldsByKind[kind] ?? [])];
  const tests = selector
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [, path = '', operator, value = ''] = equality.exec(part) ?? [];
      if (!known.includes(path))
        throw badRequest(`field label not supported: ${path === '' ? part : path}`);
      return (object: KubeObject) => (textAt(object, path) === value) === (operator !== '!=');
    });
  return (object) => tests.every((test) => test(object));
}

function textAt(object: KubeObject, path: string): string {
  let here: unknown = object;
  for (const step of path.split('.')) here = isFields(here) ? here[step] : undefined;
  return typeof here === 'string' || typeof here === 'boolean' ? String(here) : '';
}

/** A workload's `matchLabels`; expressions are not modelled. */
export function matchesLabels(
  object: KubeObject,
  wanted: Readonly<Record<string, string>>,
): boolean {
  const labels = object.metadata.labels ?? {};
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}
