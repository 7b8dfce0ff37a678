import type { JobProblem } from '@fairlead/core';

/** A stored problem with the lists that a response always has. */
export function toProblem({ code, message, remedy, differences = [] }: JobProblem) {
  return { code, message, ...(remedy !== undefined && { remedy }), differences };
}
