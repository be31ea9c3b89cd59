// Milliseconds that never jump: the browser's steady clock, or the wall clock if the steady one is
// missing, throws or stands still.

import { attempt, note } from "../browser.js";

const STANDS_FOR_MS = 1_000;

/** Return a clock that never jumps.
 * @param {() => number} steady ms @param {() => number} wall ms @returns {() => number} */
export function make_clock(steady, wall) {
  let last = NaN;
  let moved_at = wall();
  /** @type {number | null} What to add to the wall clock, once the steady one has failed. */
  let ahead = null;
  return () => {
    const at = wall();
    if (ahead !== null) return at + ahead;
    const told = attempt("performance.now", steady, NaN);
    if (told !== last) moved_at = at;
    if (Number.isFinite(told) && at - moved_at < STANDS_FOR_MS) return (last = told);
    note("performance.now");
    ahead = Number.isFinite(last) ? last - at : 0;
    return at + ahead;
  };
}

// If a browser doesn't tell when the page began, any fixed time will do.
const began = attempt("performance.timeOrigin", () => performance.timeOrigin, Date.now());

/** This phone's clock. */
export const clock_now = make_clock(() => began + performance.now(), () => Date.now());
