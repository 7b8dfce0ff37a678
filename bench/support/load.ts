import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

export interface Request {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Target {
  readonly url: string;
  /** A new request each time: no two are alike. */
  readonly next: () => Request;
}

/** One client for all servers that are compared: kept-alive connections, one request at a time on each. */
export class Client {
  readonly #pool: Pool;
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
    this.#pool = new Pool(target.url, { connections: 64, pipelining: 1 });
  }

  /** Throws unless the answer is a success. */
  async send(): Promise<void> {
    const { path, headers, body } = this.#target.next();
    const answer = await this.#pool.request({
      method: 'POST',
      path,
      headers: { ...headers },
      body,
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${path}: ${answer.statusCode} ${text}`);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/**
 * Sends at fixed times whatever the answers do, so that a slow server cannot slow its own load down.
 *
 * @returns latency of each request in milliseconds, from the time at which it was due
 */
export async function openLoop(
  client: Client,
  perSecond: number,
  seconds: number,
): Promise<readonly number[]> {
  const count = perSecond * seconds;
  const start = performance.now() + 10;
  const latencies: Promise<number>[] = [];
  for (let sent = 0; sent < count;) {
    for (; sent < count && dueAt(sent) <= performance.now(); sent += 1) {
      const due = dueAt(sent);
      latencies.push(client.send().then(() => performance.now() - due));
    }
    await sleep(Math.max(1, dueAt(sent) - performance.now()));
  }
  return await Promise.all(latencies);

  function dueAt(ordinal: number): number {
    return start + (ordinal * 1000) / perSecond;
  }
}

/** Answers per second when each of `inFlight` callers sends again as soon as it is answered. */
export async function closedLoop(
  client: Client,
  inFlight: number,
  seconds: number,
): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let answered = 0;
  const callers = Array.from({ length: inFlight }, async () => {
    for (; performance.now() < end; answered += 1) await client.send();
  });
  await Promise.all(callers);
  return answered / ((performance.now() - start) / 1000);
}
