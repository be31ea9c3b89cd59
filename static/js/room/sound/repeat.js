// The tone that repeats until a stop is answered. Pure: step(state, input, now) -> [state,
// effects]. The first two cycles are a cue. After them it must not hurry the hands: a quiet pulse,
// and loud again only if the other phone has not shown the stop, or nobody has tapped anything for
// a while.

const PULSE_EVERY_MS = 2_000;
const AGAIN_AFTER_MS = 12_000;
const UNSEEN_AGAIN_AFTER_MS = 4_000;
const UNSEEN_FOR_MS = 20_000; // a person who has not noticed it by then is not in the room

/** @typedef {{since: number, loud_at: number, pulsed_at: number} | null} Repeat */

/** @returns {Repeat} */
export const repeat = () => null;

/**
 * Return what sounds now: the whole stop "again", or a "pulse".
 * @param {Repeat} state
 * @param {{is_on: boolean, is_unseen: boolean, tapped_at: number}} input
 * @param {number} now ms
 * @returns {[Repeat, ("again" | "pulse")[]]}
 */
export function step(state, { is_on, is_unseen, tapped_at }, now) {
  if (!is_on) return [null, []];
  if (state === null) return [{ since: now, loud_at: now, pulsed_at: now }, []];
  const is_urgent = is_unseen && now - state.since < UNSEEN_FOR_MS;
  const due = is_urgent
    ? state.loud_at + UNSEEN_AGAIN_AFTER_MS
    : Math.max(state.loud_at, tapped_at) + AGAIN_AFTER_MS;
  if (now >= due) return [{ ...state, loud_at: now, pulsed_at: now }, ["again"]];
  if (now - state.pulsed_at >= PULSE_EVERY_MS) return [{ ...state, pulsed_at: now }, ["pulse"]];
  return [state, []];
}
