// Hold-to-consent, which the client may choose: a thumb stays on EASE OFF while hands are on, and
// lifting it is the EASE OFF. A pure reducer: step(state, input, now) -> [state, effects].

import { FORCE, PUSHING } from "../constants.js";

const PLACED_WITHIN_MS = 3_000; // to find the place again: after a reload, or at the start of easing in

/** @import { Thumb, ThumbInput } from "../shapes" */
/** @typedef {[Thumb, {type: "ease"}[]]} Thumbed */

/** @returns {Thumb} */
export const thumb = () => ({ chosen: false, phase: "connecting", pointer: null, missing_at: null });

/** @param {Thumb} state @param {ThumbInput} input @param {number} now ms @returns {Thumbed} */
export function step(state, input, now) {
  switch (input.type) {
    case "chosen": return looked({ ...state, chosen: input.chosen, pointer: null }, now);
    case "phase": return looked({ ...state, phase: input.phase }, now);
    case "down": return takes(state) ? [{ ...state, pointer: input.pointer, missing_at: null }, []] : [state, []];
    case "up": return lifted(state, input.pointer);
    default: return [state, []];
  }
}

/** Whether a finger that comes down on EASE OFF rests there, instead of being one.
 * @param {Thumb} state */
export const takes = (state) => state.chosen && FORCE.includes(state.phase) && state.pointer === null;

/** Nothing goes on by a GOOD while no thumb is there to take it back. @param {Thumb} state */
export const may_go_on = (state) => !state.chosen || state.pointer !== null;

/** What the page says of it: `off`, `on` (a thumb is there) or `missing`. @param {Thumb} state */
export const thumb_fact = (state) =>
  !state.chosen ? "off" : state.pointer === null ? "missing" : "on";

/** @param {Thumb} state @param {number} pointer @returns {Thumbed} */
function lifted(state, pointer) {
  if (state.pointer === null || state.pointer !== pointer) return [state, []];
  const is_ease = FORCE.includes(state.phase);
  return [{ ...state, pointer: null, missing_at: null }, is_ease ? [{ type: "ease" }] : []];
}

/** A thumb that never came is one that was lifted, some seconds later.
 * @param {Thumb} state @param {number} now @returns {Thumbed} */
function looked(state, now) {
  const is_missing = state.chosen && state.pointer === null && PUSHING.includes(state.phase);
  if (!is_missing) return [{ ...state, missing_at: null }, []];
  const missing_at = state.missing_at ?? now;
  if (now - missing_at < PLACED_WITHIN_MS) return [{ ...state, missing_at }, []];
  return [{ ...state, missing_at: now }, [{ type: "ease" }]];
}
