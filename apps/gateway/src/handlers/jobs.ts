import type { Operations } from '@fairlead/contract';
import { Forbidden, mayAct, Measuring } from '@fairlead/core';
import { newId } from '@fairlead/store';
import type { HandlerOf } from '../call/context.js';
import { toJob, toJobSummary } from '../views/jobs.js';
import { checkSettings } from './check-settings.js';

export const createJob: HandlerOf<Operations['createJob']> = async (input, context) => {
  const { clusterId, profileId, profileRevision, approval } = input;
  const { actor, tuners } = context;
  // Otherwise whoever may not approve could simply ask for jobs that need no approval.
  if (approval === 'not-required' && !mayAct(actor, 'approver')) {
    throw new Forbidden('A job without approval needs the role approver.');
  }
  const measuring = Measuring.parse(input.measuring ?? {});
  return context.command(async (tx) => {
    const { revision, settings } = await tx.profiles.get(profileId, profileRevision);
    checkSettings(settings, tuners);
    const asked = { clusterId, profileId, profileRevision: revision, approval };
    const row = await tx.jobs.create({ id: newId(), ...asked, settings, measuring, actor });
    tx.audit({
      type: 'job.created',
      actor,
      subject: { kind: 'job', id: row.id },
      clusterId: row.clusterId,
      jobId: row.id,
      data: { profileId, profileRevision: revision, approval, settings, measuring },
    });
    tx.ring('drive-job', row.id);
    return toJob(row);
  });
};

export const getJob: HandlerOf<Operations['getJob']> = async ({ jobId }, { store }) =>
  toJob(await store.read((tx) => tx.jobs.get(jobId)));

export const listJobs: HandlerOf<Operations['listJobs']> = async (input, context) => {
  const { pageSize, pageToken, clusterId, state } = input;
  const after = context.pages.read(pageToken);
  const filter = {
    ...(clusterId !== undefined && { clusterId }),
    ...(state.length > 0 && { state }),
  };
  const { items, next } = await context.store.read((tx) =>
    tx.jobs.list({ limit: pageSize, ...(after !== undefined && { after }) }, filter),
  );
  return {
    jobs: items.map(toJobSummary),
    ...(next !== undefined && { nextPageToken: context.pages.write(next) }),
  };
};

export const approveJob: HandlerOf<Operations['approveJob']> = ({ jobId, planHash }, context) =>
  context.command(async (tx) => {
    const { clusterId } = await tx.jobs.get(jobId, true);
    await tx.jobs.approve(jobId, planHash);
    tx.audit({
      type: 'job.approved',
      actor: context.actor,
      subject: { kind: 'job', id: jobId },
      clusterId,
      jobId,
      data: { planHash },
    });
    tx.ring('drive-job', jobId);
    return toJob(await tx.jobs.get(jobId));
  });

export const cancelJob: HandlerOf<Operations['cancelJob']> = ({ jobId }, context) =>
  context.command(async (tx) => {
    const { clusterId, state, cancelRequested } = await tx.jobs.get(jobId, true);
    await tx.jobs.requestCancel(jobId);
    if (!cancelRequested) {
      tx.audit({
        type: 'job.cancel-requested',
        actor: context.actor,
        subject: { kind: 'job', id: jobId },
        clusterId,
        jobId,
        data: { state },
      });
    }
    tx.ring('drive-job', jobId);
    return toJob(await tx.jobs.get(jobId));
  });

export const undoJob: HandlerOf<Operations['undoJob']> = ({ jobId, onConflict }, context) =>
  context.command(async (tx) => {
    const { clusterId, state } = await tx.jobs.get(jobId, true);
    const message = `Undo asked for by ${context.actor.name}.`;
    await tx.jobs.startUndo(jobId, { reason: 'undo-requested', message, onConflict });
    tx.audit({
      type: 'job.undo-requested',
      actor: context.actor,
      subject: { kind: 'job', id: jobId },
      clusterId,
      jobId,
      data: { state, onConflict },
    });
    tx.ring('drive-job', jobId);
    return toJob(await tx.jobs.get(jobId));
  });
