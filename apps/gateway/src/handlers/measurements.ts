import type { Operations } from '@fairlead/contract';
import type { Sample } from '@fairlead/core';
import type { Context, HandlerOf } from '../call/context.js';
import { csvOf, jsonOf } from '../measurements/sample-text.js';
import { measurementsOf } from '../measurements/summary.js';

const batch = 1000;

export const getMeasurements: HandlerOf<Operations['getMeasurements']> = async (
  { jobId },
  context,
) => {
  await context.store.read((tx) => tx.jobs.get(jobId));
  const samples: Sample[] = [];
  for await (const page of samplePages(jobId, context)) samples.push(...page);
  return { jobId, verdict: 'not-judged', measurements: [...measurementsOf(samples)] };
};

export const listSamples: HandlerOf<Operations['listSamples']> = async (input, context) => {
  const { jobId, pageSize, pageToken } = input;
  const after = context.pages.read(pageToken);
  const { items, next } = await context.store.read(async (tx) => {
    await tx.jobs.get(jobId);
    return tx.samples.list(jobId, { limit: pageSize, ...(after !== undefined && { after }) });
  });
  return {
    samples: [...items],
    ...(next !== undefined && { nextPageToken: context.pages.write(next) }),
  };
};

export const exportSamples: HandlerOf<Operations['exportSamples']> = async (input, context) => {
  const { jobId, format } = input;
  await context.store.read((tx) => tx.jobs.get(jobId));
  const pages = samplePages(jobId, context);
  return format === 'csv'
    ? chunks('text/csv', csvOf(pages))
    : chunks('application/json', jsonOf(pages));
};

async function* samplePages(
  jobId: string,
  { store, signal }: Context,
): AsyncGenerator<readonly Sample[]> {
  let after: string | undefined;
  do {
    signal.throwIfAborted();
    const page = { limit: batch, ...(after !== undefined && { after }) };
    const { items, next } = await store.read((tx) => tx.samples.list(jobId, page));
    yield items;
    after = next;
  } while (after !== undefined);
}

async function* chunks(contentType: string, texts: AsyncIterable<string>) {
  for await (const text of texts) yield { contentType, text };
}
