import { dotsIn } from '@fairlead/core';
import { byText } from '../../by-text.js';

/** A name of a Service that means nothing without a search path, and where it stands. */
export interface SearchName {
  readonly name: string;
  /** `env ORDERS_URL of container api`, `ConfigMap shop/settings`. */
  readonly where: string;
}

/** A text that may hold names, and where it stands. */
export interface NamedText {
  readonly text: string;
  readonly where: string;
}

const namesAtMost = 50;
/** Two labels or more, with nothing of a name before or after it. */
const dottedName =
  /(?<![-a-z0-9_.])[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)+(?![-a-z0-9_.])/g;

/**
 * Names in texts that end a lookup only through the search path: `svc.ns`, `svc.ns.svc`, and a pod's own
 * name before either. A name counts only where the cluster has that Service, so that `api.example` in a
 * text is no finding. A Service's bare name is none either: it has no dot, so every ndots leads it through
 * the search path.
 *
 * @param services  `namespace/name` of every Service
 * Source: domain.md 4.1.
 */
export function searchNamesIn(
  texts: readonly NamedText[],
  services: ReadonlySet<string>,
): SearchName[] {
  const found = new Map<string, SearchName>();
  for (const { text, where } of texts) {
    for (const [name] of text.matchAll(dottedName)) {
      if (isOfService(name.split('.'), services)) found.set(`${name} ${where}`, { name, where });
    }
  }
  return [...found.values()]
    .toSorted((a, b) => byText(a.name, b.name) || byText(a.where, b.where))
    .slice(0, namesAtMost);
}

function isOfService(labels: readonly string[], services: ReadonlySet<string>): boolean {
  const short = labels.at(-1) === 'svc' ? labels.slice(0, -1) : labels;
  if (short.length < 2 || short.length > 3) return false;
  const [service, namespace] = short.slice(-2);
  return services.has(`${namespace}/${service}`);
}

/** Names that the search path serves first today, and that are asked as they stand first under `wanted`. */
export function leavingSearchPath(
  names: readonly SearchName[],
  now: number,
  wanted: number,
): readonly SearchName[] {
  return names.filter(({ name }) => dotsIn(name) < now && dotsIn(name) >= wanted);
}
