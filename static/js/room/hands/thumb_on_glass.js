// The thumb that hold-to-consent keeps on the glass: pointer events -> thumb.js.

import { clock_now } from "../clock.js";
import { may_go_on, step, takes, thumb, thumb_fact } from "./thumb.js";

/** Follow the thumb. @param {() => void} ease called when it is lifted */
export function thumb_on_glass(ease) {
  let state = thumb();

  const put = (/** @type {import("../shapes").ThumbInput} */ input) => {
    const [next, effects] = step(state, input, clock_now());
    state = next;
    if (effects.length > 0) ease();
  };

  // If the system takes the pointer away (a call, a gesture), the thumb counts as lifted.
  for (const end of ["pointerup", "pointercancel"]) {
    addEventListener(end, (event) => {
      put({ type: "up", pointer: /** @type {PointerEvent} */ (event).pointerId });
    }, true);
  }
  return {
    choose: (/** @type {boolean} */ chosen) => put({ type: "chosen", chosen }),
    /** Called with every picture. The server judges hidden pages. */
    look: (/** @type {string} */ phase) => put({ type: "phase", phase }),
    /** Whether this touch of EASE OFF rests there, instead of easing off.
     * @param {PointerEvent} event */
    takes(event) {
      if (!takes(state)) return false;
      put({ type: "down", pointer: event.pointerId });
      return true;
    },
    may_go_on: () => may_go_on(state),
    fact: () => thumb_fact(state),
  };
}
