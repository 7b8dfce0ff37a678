import type { Operations, RequestOf } from '@fairlead/contract';
import {
  hashPlan,
  planProfile,
  PreconditionFailed,
  Unacceptable,
  type PlannedPart,
  type ProfileSettings,
} from '@fairlead/core';
import type { ObservationRow, Store } from '@fairlead/store';
import { checkProfile } from '@fairlead/tuners';
import { sha256 } from '../call/calls.js';
import type { HandlerOf } from '../call/context.js';
import { toPlan } from '../views/plans.js';
import { checkSettings, type AskedTuner } from './check-settings.js';

type Input = RequestOf<Operations['previewPlan']>;

export const previewPlan: HandlerOf<Operations['previewPlan']> = async (input, context) => {
  const { store, tuners, now } = context;
  const { cluster, observations, settings } = await readAll(store, input);
  const planned = checkSettings(settings, tuners).map((asked) =>
    planOne(asked, observations, cluster.name),
  );

  const plan = planProfile(
    planned.map(({ part }) => part),
    checkProfile,
  );
  const oldest = Math.min(...planned.map((each) => each.observedAt.getTime()));
  return {
    clusterId: cluster.id,
    plan: toPlan(plan),
    planHash: hashPlan(plan, sha256),
    observedAt: new Date(oldest).toISOString(),
    observationAgeSeconds: Math.max(0, (now().getTime() - oldest) / 1000),
  };
};

/** One snapshot: the profile that was asked for, and what is known of the cluster. */
function readAll(store: Store, { clusterId, profileId, profileRevision, settings }: Input) {
  const exactlyOne = (profileId === undefined) !== (settings === undefined);
  if (!exactlyOne || (profileRevision !== undefined && profileId === undefined)) {
    throw new Unacceptable(
      'profile-or-settings',
      'A preview needs exactly one of profileId and settings.',
    );
  }
  return store.read(async (tx) => {
    const cluster = await tx.clusters.get(clusterId);
    const asked: ProfileSettings =
      settings ?? (await tx.profiles.get(profileId ?? '', profileRevision)).settings;
    return { cluster, observations: await tx.observations.latest(clusterId), settings: asked };
  });
}

function planOne(
  { tuner, settings }: AskedTuner,
  observations: readonly ObservationRow[],
  clusterName: string,
): { readonly part: PlannedPart; readonly observedAt: Date } {
  const row = observations.find((observation) => observation.tuner === tuner.name);
  // One that an older version of the tuner stored may no longer fit, which is as good as none.
  const observed = tuner.observation.safeParse(row?.observation);
  if (row === undefined || !observed.success) {
    throw new PreconditionFailed(
      'cluster-not-observed',
      `The tuner ${tuner.name} has not observed ${clusterName} yet.`,
    );
  }
  const observation = observed.data;
  const plan = tuner.plan(settings, observation);
  return { part: { tuner: tuner.name, settings, observation, plan }, observedAt: row.observedAt };
}
