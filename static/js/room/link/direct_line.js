// The second road: copies of urgent taps, and `seen`, straight to the other phone. Pure; used by link.js.
// Whichever copy comes first counts; what came only by it is still sent to the server until it has it.

import { heard_directly } from "./alerts.js";
import { is_stretching } from "./failsafe.js";
import { as_alert, fated, unshown } from "./urgent.js";

/** @import { Link, Linked, LinkEffect, UrgentTap } from "../shapes" */
/** @import { Foreign } from "../../answer.js" */

/** What goes straight to the other page: the urgent taps that it has not shown yet.
 * @param {Link} state @param {UrgentTap[]} taps @returns {LinkEffect[]} */
export function by_direct_line(state, taps) {
  if (!state.direct || !is_stretching(state.server?.phase)) return [];
  return unshown(taps).map((tap) => ({ type: "direct", message: as_alert(state, tap) }));
}

/** The line opens or closes. @param {Link} state @param {boolean} is_open @returns {Linked} */
export function direct_line(state, is_open) {
  const next = { ...state, direct: is_open };
  return [next, by_direct_line(next, next.pending)];
}

/** A message of the other page: its alert, or that it has shown ours.
 * @param {Link} state @param {Foreign} message @param {number} now @returns {Linked} */
export function directly(state, message, now) {
  if (message?.type === "alert") return heard_directly(state, message, now);
  const tap = state.pending.find((p) => p.alert === message?.alert);
  if (message?.type !== "seen" || !tap) return [state, []];
  return fated(state, { alert: tap.alert, shown_ms: Math.round(now - tap.at) });
}
