// Counts the faults of this page's own script: the number goes to the server, and decides when the
// page reloads itself. Pure. A missing browser API is no fault: browser.js notes those.

import { HANDS_OFF } from "./constants.js";

const MANY = 3;
const WITHIN_MS = 60_000;
const RELOADS = 5; // of one tab: a fault that is still there then is not mended by reloading
const MOST = 1_000_000_000; // the largest number that the server reads

/** @typedef {{count: number, at: number[], reloads: number}} Faults */

/** @param {number} reloads how often this tab has reloaded itself @returns {Faults} */
export const faults = (reloads = 0) => ({ count: 0, at: [], reloads });

/** @param {Faults} state @param {number} now ms @returns {Faults} */
export function faulted(state, now) {
  return { ...state, count: Math.min(MOST, state.count + 1), at: [...state.at, now].slice(-MANY) };
}

/** Whether the page should reload itself: never while it may be needed for a limb in the air.
 * @param {Faults} state @param {{phase?: string, let_go?: string}} facts @param {number} now ms */
export function is_to_reload(state, { phase, let_go }, now) {
  const is_many = state.at.length === MANY && now - (state.at[0] ?? now) < WITHIN_MS;
  const is_between = phase === "connecting" || HANDS_OFF.includes(phase ?? "");
  return is_many && is_between && let_go !== "no" && state.reloads < RELOADS;
}
