import { valueAt, type Json } from '@fairlead/core';

/** The name under which the API server keeps what we wrote. */
export const fieldManager = 'fairlead';

export const managedBy = { 'app.kubernetes.io/managed-by': 'fairlead' } as const;

export const restartAnnotation = 'fairlead.dev/restart';
export const fenceAnnotation = 'fairlead.dev/fence';

export function isOurs(object: Json): boolean {
  return valueAt(object, ['metadata', 'labels', 'app.kubernetes.io/managed-by']) === 'fairlead';
}
