import type { InteractionRule } from '../rule.js';
import { scalersCreated } from '../what-changes.js';

/** Two writers of `spec.replicas` oscillate. Source: domain.md 4.4. */
export const scalerWithScaler: InteractionRule = {
  code: 'scaler-with-scaler',
  sentence: 'An HPA and a proportional autoscaler of one Deployment undo each other’s work.',
  source: 'https://kubernetes.io/docs/tasks/administer-cluster/dns-horizontal-autoscaling/',
  check(profile) {
    return scalersCreated(profile).flatMap(({ tuner, target }) => {
      const other = profile.sees(
        'Deployment',
        new RegExp(`^(${escaped(target)}|dns|kube-dns|coredns)-autoscaler$`),
      );
      const edit = profile.changes.find(
        (change) =>
          change.kind === 'edit' &&
          change.tuner !== tuner &&
          change.object.name === target &&
          change.edits.some(({ path }) => path.join('.') === 'spec.replicas'),
      );
      if (other === null && edit === undefined) return [];
      const who = other === null ? `the tuner ${edit?.tuner}` : `Deployment ${other.name}`;
      return [
        {
          tuner,
          how: 'refuse' as const,
          message: `The HPA and ${who} would both set the replicas of ${target}, and oscillate. Take one of them away.`,
        },
      ];
    });
  },
};

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
