import type { ProfileView } from './profile-view.js';

/** What a rule says about one profile. */
export interface Meeting {
  /** The tuner whose part has to give way, or to be looked at. */
  readonly tuner: string;
  readonly how: 'refuse' | 'warn';
  /** What is so, and what to do about it. */
  readonly message: string;
  readonly nodes?: readonly string[];
}

/** Two things that work alone and not, or not without care, together. */
export interface InteractionRule {
  /** Stable; the code of its refusals and warnings. */
  readonly code: string;
  /** One sentence: what meets what, and what comes of it. */
  readonly sentence: string;
  readonly source: string;
  /** Pure; never throws. */
  check(profile: ProfileView): readonly Meeting[];
}
