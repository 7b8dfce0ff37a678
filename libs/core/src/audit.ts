import type { Actor } from './actor.js';
import type { JsonObject } from './json.js';

/** What an audit event is about. */
export interface AuditSubject {
  readonly kind: 'cluster' | 'profile' | 'job' | 'api-key' | 'installation';
  readonly id: string;
}

/**
 * One event before it has a place in the chain. `type` is past tense (`job.created`,
 * `change.intended`). `data` must never hold a secret: only what its writer chose, member by member.
 */
export interface AuditDraft {
  readonly type: string;
  readonly actor: Actor;
  readonly subject: AuditSubject;
  readonly clusterId?: string;
  readonly jobId?: string;
  readonly data: JsonObject;
}
