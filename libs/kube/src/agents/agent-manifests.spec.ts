import { valueAt } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { agentJob, probeService } from './agent-manifests.js';
import { agentJobName, agentKinds, type AgentKind, type AgentSeat } from './agent-names.js';

const settings = { namespace: 'fairlead-system', image: 'fairlead-agent:0.1.0', lifeSeconds: 3600 };

function aSeat(kind: AgentKind, more: Partial<AgentSeat> = {}): AgentSeat {
  return { kind, node: 'n1', jobId: 'j1', fence: 3, start: 0, ...more };
}
function podSpec(kind: AgentKind) {
  return valueAt(agentJob(aSeat(kind), settings), ['spec', 'template', 'spec']);
}

describe('agentJob', () => {
  it.each(agentKinds)(
    'gives no %s agent privileges, a token, a writable root or a second life',
    (kind) => {
      const spec = podSpec(kind);
      const security = valueAt(spec, ['containers', '0', 'securityContext']);

      expect(valueAt(security, ['privileged']) ?? false).toBe(false);
      expect(valueAt(security, ['readOnlyRootFilesystem'])).toBe(true);
      expect(valueAt(security, ['capabilities', 'drop'])).toEqual(['ALL']);
      expect(valueAt(spec, ['automountServiceAccountToken'])).toBe(false);
      expect(valueAt(spec, ['restartPolicy'])).toBe('Never');
      expect(valueAt(agentJob(aSeat(kind), settings), ['spec', 'backoffLimit'])).toBe(0);
      expect(valueAt(spec, ['containers', '0', 'resources', 'limits', 'memory'])).toBe(
        kind === 'proxy-reader' ? '512Mi' : '128Mi',
      );
    },
  );

  it.each<[AgentKind, boolean, unknown, unknown]>([
    ['pod', false, undefined, undefined],
    ['host', true, undefined, undefined],
    ['pod-reader', true, true, ['SYS_ADMIN', 'SYS_PTRACE']],
    ['proxy-reader', true, undefined, ['NET_ADMIN', 'NET_RAW']],
  ])(
    'gives a %s agent just what it needs of the host',
    (kind, hostNetwork, hostPid, capabilities) => {
      const spec = podSpec(kind);

      expect(valueAt(spec, ['hostNetwork']) ?? false).toBe(hostNetwork);
      expect(valueAt(spec, ['hostPID'])).toBe(hostPid);
      expect(valueAt(spec, ['containers', '0', 'securityContext', 'capabilities', 'add'])).toEqual(
        capabilities,
      );
      expect(valueAt(spec, ['volumes', '0', 'hostPath', 'path'])).toBe(
        hostNetwork ? '/proc/sys/net' : undefined,
      );
    },
  );

  it('selects exactly one agent by the Service of its probe end', () => {
    const seat = aSeat('pod');

    const selector = valueAt(probeService(seat, 'fairlead-system'), ['spec', 'selector']);

    expect(selector).toEqual(
      valueAt(agentJob(seat, settings), ['spec', 'template', 'metadata', 'labels']),
    );
    expect(selector).toMatchObject({
      'fairlead.dev/job': 'j1',
      'fairlead.dev/fence': '3',
      'fairlead.dev/node': 'n1',
      'fairlead.dev/agent': 'pod',
    });
  });

  it('names agents apart by node, fence and start, within the length of a label', () => {
    const seats = [
      aSeat('host'),
      aSeat('pod'),
      aSeat('host', { node: 'n2' }),
      aSeat('host', { fence: 4 }),
      aSeat('host', { start: 1 }),
      aSeat('pod-reader', { node: 'n'.repeat(253) }),
    ];
    const names = seats.map(agentJobName);

    expect(new Set(names).size).toBe(seats.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]{1,57}$/);
  });
});
