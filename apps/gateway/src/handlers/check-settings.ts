import { Unacceptable, type ProfileSettings, type Tuner } from '@fairlead/core';
import { pointer, violationsOf } from '../call/parse-input.js';

/** One tuner with the settings that it accepted. */
export interface AskedTuner {
  readonly tuner: Tuner;
  readonly settings: unknown;
}

/**
 * Every tuner that the settings name, in the order in which tuners act.
 *
 * @throws Unacceptable `unknown-tuner` naming those that exist, or `settings-invalid` with a
 *         violation for each place that a tuner does not accept
 */
export function checkSettings(
  settings: ProfileSettings,
  tuners: readonly Tuner[],
): readonly [AskedTuner, ...AskedTuner[]] {
  const strangers = Object.keys(settings).filter((name) =>
    tuners.every((tuner) => tuner.name !== name),
  );
  if (strangers.length > 0) {
    const known = tuners.map((tuner) => tuner.name).toSorted();
    throw new Unacceptable('unknown-tuner', `There is no tuner ${strangers.join(', ')}.`, {
      remedy: `Known tuners: ${known.join(', ')}.`,
      violations: strangers.map((name) => ({
        path: `/settings${pointer([name])}`,
        code: 'unknown-tuner',
        message: 'There is no such tuner.',
      })),
    });
  }

  const asked: AskedTuner[] = [];
  const violations = [];
  for (const tuner of tuners) {
    const given = settings[tuner.name];
    if (given === undefined) continue;
    const parsed = tuner.settings.safeParse(given);
    if (parsed.success) asked.push({ tuner, settings: parsed.data });
    else violations.push(...violationsOf(parsed.error.issues, `/settings${pointer([tuner.name])}`));
  }
  if (violations.length > 0) throw unacceptable(violations);
  const [first, ...rest] = asked;
  if (first === undefined) {
    throw unacceptable([{ path: '/settings', code: 'empty', message: 'Name at least one tuner.' }]);
  }
  return [first, ...rest];
}

function unacceptable(violations: ReturnType<typeof violationsOf>): Unacceptable {
  const [first] = violations;
  const count = violations.length === 1 ? '1 problem' : `${violations.length} problems`;
  return new Unacceptable(
    'settings-invalid',
    `The settings have ${count}: ${first?.path ?? ''} ${first?.message ?? ''}`,
    { violations: violations.slice(0, 20) },
  );
}
