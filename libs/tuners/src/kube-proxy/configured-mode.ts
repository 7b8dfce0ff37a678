import type { JsonObject } from '@fairlead/core';
import { defaultMode, isProxyMode, type ProxyMode } from './version-clock.js';

/** The mode that a configuration stands for in a version; null for a word that is none. */
export function configuredMode(configuration: JsonObject, version: string): ProxyMode | null {
  const mode = configuration['mode'] ?? '';
  if (mode === '') return defaultMode(version);
  return typeof mode === 'string' && isProxyMode(mode) ? mode : null;
}
