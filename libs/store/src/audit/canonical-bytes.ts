import { hash } from 'node:crypto';

/** An event's columns as PostgreSQL prints them, in the order in which the hash covers them. */
export interface StoredEvent {
  /** schema_version, seq, at_micros, type, actor_kind, actor_id, actor_name, actor_role, subject_kind, subject_id, cluster_id, job_id, data */
  readonly columns: readonly (string | null)[];
  readonly prevHash: Buffer;
  readonly hash: Buffer;
}

/** The order of `StoredEvent.columns`. */
export const hashedColumns = [
  'schema_version',
  'seq',
  'at_micros',
  'type',
  'actor_kind',
  'actor_id',
  'actor_name',
  'actor_role',
  'subject_kind',
  'subject_id',
  'cluster_id',
  'job_id',
  'data',
] as const;

/** Before the first event. */
export const genesisHash = Buffer.alloc(32);

/** A netstring per column (`<bytes>:<text>,`), and `-,` for NULL. */
export function canonicalText(columns: readonly (string | null)[]): string {
  let text = '';
  for (const column of columns) {
    text += column === null ? '-,' : `${Buffer.byteLength(column)}:${column},`;
  }
  return text;
}

/** SHA-256 over the hash before and the event's canonical bytes. */
export function eventHash(prevHash: Buffer, columns: readonly (string | null)[]): Buffer {
  const text = canonicalText(columns);
  const bytes = Buffer.allocUnsafe(32 + Buffer.byteLength(text));
  prevHash.copy(bytes, 0);
  bytes.write(text, 32);
  return hash('sha256', bytes, 'buffer');
}
