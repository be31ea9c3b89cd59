// The thumb of hold-to-consent on the glass: pointers -> thumb.js.

import { clock_now } from "../clock.js";
import { may_go_on, step, takes, thumb, thumb_fact } from "./thumb.js";

/** @param {() => void} ease what lifting it does */
export function thumb_on_glass(ease) {
  let state = thumb();

  const put = (/** @type {import("../shapes").ThumbInput} */ input) => {
    const [next, effects] = step(state, input, clock_now());
    state = next;
    if (effects.length > 0) ease();
  };

  // A pointer that the system takes away (a call, a gesture) is a thumb that is gone.
  for (const end of ["pointerup", "pointercancel"]) {
    addEventListener(end, (event) => put({ type: "up", pointer: /** @type {PointerEvent} */ (event).pointerId }), true);
  }
  return {
    choose: (/** @type {boolean} */ chosen) => put({ type: "chosen", chosen }),
    /** With every frame; hidden pages are the server's to judge. */
    look: (/** @type {string} */ phase) => put({ type: "phase", phase }),
    /** Tell whether this touch of EASE OFF rests there. @param {PointerEvent} event */
    takes(event) {
      if (!takes(state)) return false;
      put({ type: "down", pointer: event.pointerId });
      return true;
    },
    may_go_on: () => may_go_on(state),
    fact: () => thumb_fact(state),
  };
}
