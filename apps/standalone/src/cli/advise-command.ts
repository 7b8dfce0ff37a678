import type { Answered, Api } from '../demo/api.js';
import { adviceText, fleetText } from './advice-text.js';

export const adviceFormats = ['table', 'json', 'markdown'] as const;
export type AdviceFormat = (typeof adviceFormats)[number];

/**
 * Prints the advice for one cluster, by its name or id, or the counts over the fleet.
 *
 * @throws CallRefused as the API says no, or an Error for a name that no cluster has
 */
export async function advise(
  api: Api,
  cluster: string | undefined,
  format: AdviceFormat,
  say: (text: string) => void,
): Promise<void> {
  if (cluster === undefined) {
    if (format === 'markdown') throw new Error('A Markdown report needs a cluster.');
    const fleet = await wholeFleet(api);
    say(format === 'json' ? JSON.stringify(fleet, null, 2) : fleetText(fleet));
    return;
  }
  const clusterId = await idOf(api, cluster);
  if (format === 'markdown') {
    say(await api.download('exportAdvice', { clusterId }));
    return;
  }
  const advice = await api.call('getAdvice', { clusterId });
  say(format === 'json' ? JSON.stringify(advice, null, 2) : adviceText(advice));
}

export type Fleet = Answered<'listFleetAdvice'>;

async function wholeFleet(api: Api): Promise<Fleet> {
  const first = await api.call('listFleetAdvice', { pageSize: 500 });
  const findings = [...first.findings];
  for (let token = first.nextPageToken; token !== undefined;) {
    const page = await api.call('listFleetAdvice', { pageSize: 500, pageToken: token });
    findings.push(...page.findings);
    token = page.nextPageToken;
  }
  const { nextPageToken: _token, ...counts } = first;
  return { ...counts, findings };
}

async function idOf(api: Api, cluster: string): Promise<string> {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(cluster)) return cluster;
  let pageToken: string | undefined;
  do {
    const page = await api.call('listClusters', {
      pageSize: 500,
      ...(pageToken !== undefined && { pageToken }),
    });
    const found = page.clusters.find(({ name }) => name === cluster);
    if (found !== undefined) return found.id;
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  throw new Error(`There is no cluster ${cluster}.`);
}
