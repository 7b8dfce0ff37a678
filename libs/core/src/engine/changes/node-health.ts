import type { AgentAnswer } from '../../agent-protocol.js';
import { AgentLost, PreconditionFailed } from '../../errors.js';
import type { NodeHealth } from '../../node-health.js';
import { proxyProblem } from '../conditions/proxy-mode.js';
import { rulesLeft, rulesMissing } from '../conditions/proxy-rules.js';
import type { ChangeContext } from './executor.js';

const connectMilliseconds = 3000;
/** More than a TLS server needs to see that this is not for it: it answers or closes, and does not wait for more. */
const connectBytes = 32;
/** What comes back from a server that is no echo, over a connection that stands. */
const answered = new Set(['wrong-answer', 'closed', 'ECONNRESET']);

/**
 * How long nothing but rules of the other mode may be amiss before the pod is ended once more. A start takes them away
 * once and as well as it can; on a real node they stayed, perhaps written again by an old kube-proxy.
 */
const leftoverMilliseconds = 45_000;

/** What a node lacks, as a sentence without the node's name. */
interface Lack {
  readonly text: string;
  /** Whether everything is there but the other mode's rules are too. */
  readonly isLeftover: boolean;
}

/**
 * What a node's kube-proxy still lacks; null when it is healthy. Looks from the cheap to the dear, and no further than
 * the first thing that is missing.
 */
async function healthLack(
  node: string,
  health: NodeHealth,
  context: ChangeContext,
): Promise<Lack | null> {
  let isLeftover = false;
  const text = await told(() =>
    lookFor(node, health, context, () => {
      isLeftover = true;
    }),
  );
  return text === null ? null : { text, isLeftover };
}

/** The same as a sentence alone. */
export async function healthProblem(
  node: string,
  health: NodeHealth,
  context: ChangeContext,
): Promise<string | null> {
  return (await healthLack(node, health, context))?.text ?? null;
}

/** Looks at a node's health, and knows for how long rules of the other mode were all that was amiss. */
export function patienceWithLeftovers(node: string, health: NodeHealth, context: ChangeContext) {
  const now = () => context.clock.now().getTime();
  let since: number | null = null;
  return {
    look: async (): Promise<string | null> => {
      const lack = await healthLack(node, health, context);
      since = lack?.isLeftover === true ? (since ?? now()) : null;
      return lack?.text ?? null;
    },
    isOver: () => since !== null && now() - since >= leftoverMilliseconds,
  };
}

async function told(look: () => Promise<string | null>): Promise<string | null> {
  try {
    return await look();
  } catch (error) {
    // While a node starts its kube-proxy anew, what runs on it may come and go.
    if (error instanceof AgentLost || error instanceof PreconditionFailed) return error.message;
    throw error;
  }
}

async function lookFor(
  node: string,
  { proxyMode, rulesGoneOf, connect }: NodeHealth,
  { cluster, signal }: ChangeContext,
  foundLeftover: () => void,
): Promise<string | null> {
  const said = await cluster.askHost(node, { do: 'read-kube-proxy' }, signal);
  const problem = proxyProblem(proxyMode, said);
  if (problem !== null) return problem;
  const rules = await cluster.askHost(node, { do: 'read-proxy-rules' }, signal);
  const missing = rulesMissing(proxyMode, rules);
  if (missing !== null) return missing;
  const left = rulesGoneOf === null ? null : rulesLeft(rulesGoneOf, rules);
  if (left !== null) {
    foundLeftover();
    return left;
  }
  if (connect === null) return null;
  const probe = {
    type: 'tcp-crr',
    target: connect,
    payloadBytes: connectBytes,
    count: 1,
    intervalMilliseconds: 0,
    timeoutMilliseconds: connectMilliseconds,
  } as const;
  const failure = connectFailure(await cluster.askHost(node, { do: 'probe', probe }, signal));
  return failure === null
    ? null
    : `a connection to ${connect.address} port ${connect.port} failed (${failure})`;
}

/** Null when a connection stood, whatever came over it. */
export function connectFailure({ attempts }: AgentAnswer<'probe'>): string | null {
  const [attempt] = attempts;
  if (attempt === undefined) return 'no attempt was made';
  return attempt.error === undefined || answered.has(attempt.error) ? null : attempt.error;
}
