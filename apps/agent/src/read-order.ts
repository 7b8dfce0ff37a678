import { agentLineBytes, AgentRequest } from '@fairlead/core';

export type ReadOrder =
  | { readonly ok: true; readonly request: AgentRequest }
  | { readonly ok: false; readonly id: number; readonly code: string; readonly message: string };

/**
 * Reads one line. Of what is no order the id is kept where it has one, so that whoever sent it hears of it.
 *
 * @param line  null for a line that was longer than the protocol allows
 */
export function readOrder(line: string | null): ReadOrder {
  if (line === null) {
    return bad(undefined, 'line-too-long', `A line has at most ${agentLineBytes} bytes.`);
  }
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return bad(undefined, 'bad-line', 'The line is not JSON.');
  }
  const request = AgentRequest.safeParse(json);
  if (request.success) return { ok: true, request: request.data };
  return bad(json, 'bad-order', 'Not an order of this protocol, or not within its bounds.');
}

function bad(json: unknown, code: string, message: string): ReadOrder {
  const id = AgentRequest.shape.id.safeParse((json as { id?: unknown } | null | undefined)?.id);
  return { ok: false, id: id.data ?? 0, code, message };
}
