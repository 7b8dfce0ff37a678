import type { Evidence, Finding } from '@fairlead/core';
import { objectText } from '@fairlead/core';
import { listed } from '../by-text.js';
import {
  boundsOf,
  largestPodMtu,
  leastPodMtu,
  mtusText,
  newPodMtus,
  reachable,
  type Bound,
} from './bounds.js';
import type { MtuObservation } from './observe.js';
import { mtuFieldOf, valueText } from './overhead.js';
import { byWidth, pathText, type SeenPath } from './path-digest.js';

const sources = [
  'https://www.rfc-editor.org/rfc/rfc1191',
  'https://www.rfc-editor.org/rfc/rfc8201',
  'https://docs.tigera.io/calico/latest/networking/configuring/mtu',
];

type Draft = Omit<Finding, 'tuner' | 'parameters' | 'sources' | 'evidence'>;

/** What to do about pods' MTU. Pure; never throws. Says how much larger packets could be, not what that gains. */
export function adviseMtu(observed: MtuObservation): readonly Finding[] {
  const evidence = evidenceOf(observed);
  const field = mtuFieldOf(observed.cni);
  const parameters = 'parameter' in field ? [field.parameter] : [];
  const finding = (draft: Draft): Finding => ({
    ...draft,
    tuner: 'mtu',
    parameters,
    evidence: [...evidence],
    sources: [...sources],
  });

  const bounds = boundsOf(observed);
  const most = bounds === null ? null : largestPodMtu(bounds);
  const { hostPaths } = observed;
  if (bounds === null || most === null || hostPaths.unproved.count > 0) {
    return [finding(unknown(observed, bounds)), ...swallowing(observed).map(finding)];
  }
  const drafts = [size(observed, bounds, most), ...swallowing(observed), ...mixed(observed)];
  return drafts.map(finding);
}

function unknown({ cni, hostPaths }: MtuObservation, bounds: readonly Bound[] | null): Draft {
  const why =
    bounds === null
      ? `it is not known what ${cni.title} wraps around packets`
      : `nothing came through on ${hostPaths.unproved.count} paths between nodes`;
  return {
    code: 'mtu-path-unknown',
    verdict: 'unknown',
    message: `What pods’ packets may be was not found out: ${why}. Let UDP port 10712 pass between all nodes and look again.`,
  };
}

function size(observed: MtuObservation, bounds: readonly Bound[], most: number): Draft {
  const seen = newPodMtus(observed);
  const field = mtuFieldOf(observed.cni);
  // Cilium's links keep the underlay's MTU; what counts is what its routes leave of it.
  const takenOff = 'parameter' in field ? field.linkMtuFor(0) : 0;
  const mtus = [...seen.keys()].map((mtu) => mtu - takenOff);
  const smallest = Math.min(...mtus);
  const largest = Math.max(...mtus);
  const recommended = 'code' in field ? {} : { recommended: { podMtu: 'from-path' } };
  const wrapped = listed(bounds.map(({ overheadBytes, what }) => `${overheadBytes} for ${what}`));
  if (largest > most) {
    return {
      code: 'mtu-above-path',
      verdict: 'act',
      message: `New pods have an MTU of ${mtusText(seen)}, and the paths between nodes leave ${most} (${wrapped}): full packets of pods are cut up or lost. Set the MTU to ${most}.`,
      ...recommended,
    };
  }
  if (smallest < most && most >= leastPodMtu(observed)) {
    const percent = (((most - smallest) / smallest) * 100).toFixed(1);
    return {
      code: 'mtu-below-path',
      verdict: 'consider',
      message: `New pods have an MTU of ${mtusText(seen)}, and the paths between nodes would carry ${most} (${wrapped}): packets that are ${percent} % larger, fewer of them for bulk transfers alone. Try it and measure.`,
      ...recommended,
    };
  }
  return {
    code: 'mtu-fits',
    verdict: 'leave-alone',
    message: `New pods have an MTU of ${mtusText(seen)}, exactly what the paths between nodes leave (${wrapped}). Leave it alone.`,
  };
}

/** Paths on which whoever sends too much never hears of it. */
function swallowing({ hostPaths, podPaths }: MtuObservation): Draft[] {
  const drafts: Draft[] = [];
  if (podPaths.silent.count > 0) {
    drafts.push({
      code: 'mtu-black-hole-pods',
      verdict: 'act',
      message: `Between pods, packets that their links take are lost without a word: ${text(podPaths.silent.first)} bytes pass. Connections open and then hang on large answers; set the MTU to what passes.`,
      recommended: { podMtu: 'from-path' },
    });
  }
  if (hostPaths.silent.count > 0) {
    drafts.push({
      code: 'mtu-black-hole-nodes',
      verdict: 'act',
      message: `Between nodes, packets that their links take are lost without a word: ${text(hostPaths.silent.first)} bytes pass. Lower the MTU of the nodes’ links, or let ICMP "fragmentation needed" and "packet too big" through.`,
    });
  }
  return drafts;
}

function text(paths: readonly SeenPath[]): string {
  return listed(paths.toSorted(byWidth).map(pathText), 3);
}

function mixed(observed: MtuObservation): Draft[] {
  const mtus = new Set([...newPodMtus(observed).keys()]);
  const old = observed.running.flatMap(({ pods }) =>
    pods.filter(({ mtuBytes }) => mtuBytes !== null && !mtus.has(mtuBytes)),
  );
  if (old.length === 0) return [];
  return [
    {
      code: 'mtu-mixed',
      verdict: 'consider',
      message: `${old.length} running pods have another MTU than new ones get, since they were made before it changed. Recreate them when it suits.`,
    },
  ];
}

function evidenceOf(observed: MtuObservation): readonly Evidence[] {
  const field = mtuFieldOf(observed.cni);
  const uplinks = reachable(observed).flatMap(({ name, uplink }) =>
    uplink === null ? [] : [{ node: name, mtuBytes: uplink.mtuBytes }],
  );
  const byMtu = Map.groupBy(uplinks, ({ mtuBytes }) => mtuBytes);
  return [
    { what: 'MTU of new pods', value: mtusText(newPodMtus(observed)), where: 'a pod on each node' },
    ...[...byMtu]
      .toSorted(([a], [b]) => a - b)
      .map(([mtu, nodes]) => ({
        what: 'MTU of the uplink',
        value: String(mtu),
        where: listed(nodes.map(({ node }) => node)),
      })),
    ...observed.hostPaths.families.map(({ family, paths, leastBytes }) => ({
      what: `Largest packet between nodes over ${family === 'ipv4' ? 'IPv4' : 'IPv6'}`,
      value: `${leastBytes} bytes`,
      where: `${paths} paths, measured uncut`,
    })),
    ...('field' in field
      ? [
          {
            what: field.field.name,
            value: valueText(field.field.value),
            where: objectText(field.field.object),
          },
        ]
      : []),
  ].toSorted((a, b) => (a.what < b.what ? -1 : Number(a.what > b.what)));
}
