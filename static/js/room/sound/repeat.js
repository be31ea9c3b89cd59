// How a stop goes on sounding. Pure: step(state, input, now) -> [state, effects]. Its first two cycles
// are a cue; then it must not hurry the hands: a quiet pulse until it is answered, and loud again only
// where nobody showed it, or nobody tapped anything for a while.

const PULSE_EVERY_MS = 2_000;
const AGAIN_AFTER_MS = 12_000;
const UNSEEN_AGAIN_AFTER_MS = 4_000;
const UNSEEN_FOR_MS = 20_000; // whoever has not heard it by then is not in the room

/** @typedef {{since: number, loud_at: number, pulsed_at: number} | null} Repeat */

/** @returns {Repeat} */
export const repeat = () => null;

/**
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
