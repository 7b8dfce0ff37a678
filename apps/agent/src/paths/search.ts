import type { PathStop } from '@fairlead/core';

/** What became of one size. */
export type SizeOutcome = 'arrives' | 'too-big' | 'silence';

/**
 * Finds the largest size that arrives, by halves between the smallest and the largest, and what stopped
 * the next one. The largest is tried first: on a sound path that is all there is to it.
 *
 * @param least    bytes; the smallest size that says anything
 * @param largest  bytes; at least `least`
 * @param top      what to say when the largest arrives
 */
export async function largestThatArrives(
  { least, largest, top }: { least: number; largest: number; top: 'interface' | 'ceiling' },
  attempt: (bytes: number) => Promise<SizeOutcome>,
): Promise<{ readonly passesBytes: number | null; readonly stoppedBy: PathStop }> {
  const first = await attempt(largest);
  if (first === 'arrives') return { passesBytes: largest, stoppedBy: top };
  if (least >= largest || (await attempt(least)) !== 'arrives') {
    return { passesBytes: null, stoppedBy: 'no-answer' };
  }
  let [passes, fails, stop] = [least, largest, first];
  while (fails - passes > 1) {
    const middle = Math.floor((passes + fails) / 2);
    const outcome = await attempt(middle);
    if (outcome === 'arrives') passes = middle;
    else {
      // Routers limit how often they say so: one that spoke once has spoken for what is larger too.
      if (stop !== 'too-big' || outcome === 'too-big') stop = outcome;
      fails = middle;
    }
  }
  return { passesBytes: passes, stoppedBy: stop };
}
