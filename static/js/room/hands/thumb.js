// Hold-to-consent, an option of the client: a thumb stays on EASE OFF while hands are on, and
// lifting it eases off. A pure reducer: step(state, input, now) -> [state, effects].

import { FORCE, PUSHING } from "../constants.js";

// Time to find the place again, after a reload or at the start of easing in.
const PLACED_WITHIN_MS = 3_000;

/** @import { Thumb, ThumbInput } from "../shapes" */
/** @typedef {[Thumb, {type: "ease"}[]]} Thumbed */

/** @returns {Thumb} */
export function thumb() {
  return { chosen: false, phase: "connecting", pointer: null, missing_at: null };
}

/** @param {Thumb} state @param {ThumbInput} input @param {number} now ms @returns {Thumbed} */
export function step(state, input, now) {
  switch (input.type) {
    case "chosen": return looked({ ...state, chosen: input.chosen, pointer: null }, now);
    case "phase": return looked({ ...state, phase: input.phase }, now);
    case "down": return put(state, input.pointer);
    case "up": return lifted(state, input.pointer);
    default: return [state, []];
  }
}

/** Whether a finger that comes down on EASE OFF rests there, instead of easing off.
 * @param {Thumb} state */
export const takes = (state) =>
  state.chosen && FORCE.includes(state.phase) && state.pointer === null;

/** Whether a GOOD may be sent: not while there is no thumb to take it back. @param {Thumb} state */
export const may_go_on = (state) => !state.chosen || state.pointer !== null;

/** Return the fact for the page: `off`, `on` (a thumb is there) or `missing`.
 * @param {Thumb} state */
export const thumb_fact = (state) =>
  !state.chosen ? "off" : state.pointer === null ? "missing" : "on";

/** @param {Thumb} state @param {number} pointer @returns {Thumbed} */
const put = (state, pointer) =>
  [takes(state) ? { ...state, pointer, missing_at: null } : state, []];

/** @param {Thumb} state @param {number} pointer @returns {Thumbed} */
function lifted(state, pointer) {
  if (state.pointer === null || state.pointer !== pointer) return [state, []];
  const is_ease = FORCE.includes(state.phase);
  return [{ ...state, pointer: null, missing_at: null }, is_ease ? [{ type: "ease" }] : []];
}

/** Ease off if the thumb does not come within some seconds: then it counts as lifted.
 * @param {Thumb} state @param {number} now @returns {Thumbed} */
function looked(state, now) {
  const is_missing = state.chosen && state.pointer === null && PUSHING.includes(state.phase);
  if (!is_missing) return [{ ...state, missing_at: null }, []];
  const missing_at = state.missing_at ?? now;
  if (now - missing_at < PLACED_WITHIN_MS) return [{ ...state, missing_at }, []];
  return [{ ...state, missing_at: now }, [{ type: "ease" }]];
}
