import { z } from 'zod';

/** Each role may do all that the one before it may. */
export const roles = ['viewer', 'operator', 'approver', 'admin'] as const;
export const Role = z.enum(roles).meta({ id: 'Role' });
export type Role = z.infer<typeof Role>;

/** Who does something: a key's holder, or a part of Fairlead itself acting on a stored wish. */
export interface Actor {
  readonly kind: 'api-key' | 'system';
  readonly id: string;
  readonly name: string;
  readonly role: Role;
}

/** Whether an actor's role covers what a command needs. */
export function mayAct(actor: Actor, needed: Role): boolean {
  return roles.indexOf(actor.role) >= roles.indexOf(needed);
}

/** `kind:name (id)`, as it stands in every audit event. */
export function actorText(actor: Actor): string {
  return `${actor.kind}:${actor.id}`;
}
