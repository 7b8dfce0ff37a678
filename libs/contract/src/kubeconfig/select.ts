import { refusal } from './refuse.js';

export type Members = Readonly<Record<string, unknown>>;

/** kubectl reads null and the empty text as "not set", and so do we. */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

export function membersOf(value: unknown, where: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refusal('bad-structure', `${where} must be a map.`);
  }
  return value as Members;
}

export function textOf(members: Members, name: string, where: string): string | undefined {
  const value = members[name];
  if (!isSet(value)) return undefined;
  if (typeof value !== 'string')
    throw refusal('bad-structure', `${name} of ${where} must be a text.`);
  return value;
}

export function refuseUnknown(members: Members, known: readonly string[], where: string): void {
  const stranger = Object.keys(members).find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw refusal('unknown-field', `${where} has a member that we do not know.`);
  }
}

interface Named {
  readonly name: string;
  readonly members: Members;
}

function namedList(root: Members, list: string, member: string): readonly Named[] {
  const value = root[list];
  if (!isSet(value)) return [];
  if (!Array.isArray(value)) throw refusal('bad-structure', `${list} must be a list.`);
  const seen = new Set<string>();
  return value.map((item: unknown) => {
    const entry = membersOf(item, `Each of ${list}`);
    refuseUnknown(entry, ['name', member], `An entry of ${list}`);
    const name = textOf(entry, 'name', list);
    if (name === undefined) throw refusal('bad-structure', `Each of ${list} must have a name.`);
    if (seen.has(name)) throw refusal('duplicate-names', `Two entries of ${list} have one name.`);
    seen.add(name);
    return { name, members: membersOf(entry[member] ?? {}, `${member} of ${list}`) };
  });
}

/** The cluster and user of the one context that was chosen, by name or because there is no other. */
export function selectContext(
  root: Members,
  wanted: string | undefined,
): { readonly cluster: Members; readonly user: Members } {
  const contexts = namedList(root, 'contexts', 'context');
  const name = chooseContext(contexts, wanted, textOf(root, 'current-context', 'the kubeconfig'));
  const context = contexts.find((entry) => entry.name === name);
  if (context === undefined) throw refusal('no-such-context', 'The context does not exist.');
  refuseUnknown(context.members, ['cluster', 'user', 'namespace', 'extensions'], 'The context');

  const clusterName = textOf(context.members, 'cluster', 'the context');
  const cluster = namedList(root, 'clusters', 'cluster').find(
    (entry) => entry.name === clusterName,
  );
  if (cluster === undefined)
    throw refusal('no-such-cluster', 'The cluster of the context does not exist.');
  const userName = textOf(context.members, 'user', 'the context');
  const user = namedList(root, 'users', 'user').find((entry) => entry.name === userName);
  if (user === undefined) throw refusal('no-such-user', 'The user of the context does not exist.');
  return { cluster: cluster.members, user: user.members };
}

/** The current context of a file with several is where somebody's shell last was: not a choice. */
function chooseContext(
  contexts: readonly Named[],
  wanted: string | undefined,
  current: string | undefined,
): string {
  if (wanted !== undefined) return wanted;
  const [only] = contexts;
  if (only === undefined) throw refusal('no-such-context', 'The kubeconfig has no context.');
  if (contexts.length > 1) {
    throw refusal('several-contexts-without-choice', `There are ${contexts.length} contexts.`);
  }
  return current ?? only.name;
}
