// What goes by the direct line, phone to phone: copies of urgent taps, and `seen`. Pure; used by
// link.js. Whichever copy comes first counts. A tap is sent to the server all the same, until it
// has it.

import { heard_directly } from "./alerts.js";
import { is_stretching } from "./failsafe.js";
import { as_alert, fated, unshown } from "./urgent.js";

/** @import { Link, Linked, LinkEffect, UrgentTap } from "../shapes" */
/** @import { Foreign } from "../../answer.js" */

/** Return the effects that send the other page the urgent taps that it has not shown yet.
 * @param {Link} state @param {UrgentTap[]} taps @returns {LinkEffect[]} */
export function by_direct_line(state, taps) {
  if (!state.direct || !is_stretching(state.server?.phase)) return [];
  return unshown(taps).map((tap) => ({ type: "direct", message: as_alert(state, tap) }));
}

/** Take up that the line has opened or closed.
 * @param {Link} state @param {boolean} is_open @returns {Linked} */
export function direct_line(state, is_open) {
  const next = { ...state, direct: is_open };
  return [next, by_direct_line(next, next.pending)];
}

/** Take up a message of the other page: its alert, or that it has shown ours.
 * @param {Link} state @param {Foreign} message @param {number} now @returns {Linked} */
export function directly(state, message, now) {
  if (message?.type === "alert") return heard_directly(state, message, now);
  const tap = state.pending.find((p) => p.alert === message?.alert);
  if (message?.type !== "seen" || !tap) return [state, []];
  return fated(state, { alert: tap.alert, shown_ms: Math.round(now - tap.at) });
}
