// Decides what to believe. Pure; used by link.js. Only the server itself may end a link. A proxy
// that accepts a handshake can also send close codes, so they count only on a socket that has
// proven ours.

import { CLOSE_GONE, CLOSE_MOVED, CLOSE_OTHER_VERSION, PROTOCOL_VERSION } from "../constants.js";
import { diagnose, final_of } from "./diagnose.js";

/** @import { Ending, Link, Linked, Found } from "../shapes" */
/** @import { Told } from "../told" */
/** @import { Foreign } from "../../answer.js" */

/** @type {Partial<Record<number, Ending>>} */
const BYES = { [CLOSE_MOVED]: "moved", [CLOSE_GONE]: "gone", [CLOSE_OTHER_VERSION]: "reload" };

/** Whether it is a message of our server, not an echo of our own beats or another program's JSON.
 * @param {Foreign} message @returns {message is Told} */
export function is_ours(message) {
  if (message?.type === "state") return message.v === PROTOCOL_VERSION && Boolean(message.seats);
  if (message?.type === "beat") return Number.isFinite(message.server_ms);
  return typeof message?.type === "string";
}

/** Whether it proves that our server is at the other end. @param {Told} message */
export const proves = ({ type }) => type === "state" || type === "bye";

/** Return what a close code means, or null if the server did not send it.
 * @param {Link} state @param {number} code @returns {Ending | null} */
export const bye_of = (state, code) => (state.is_proven ? BYES[code] ?? null : null);

/** Take up what was found out by HTTP while there is no contact.
 * @param {Link} state @param {{found: Found}} input @returns {Linked} */
export function checked(state, { found }) {
  if (state.status === "open" && state.is_proven) return [state, []];
  const next = { ...state, found: { ...found, tries: state.tries } };
  const bye = final_of(diagnose({ ...found, is_restarting: false }));
  return [bye ? { ...next, bye, status: "final" } : next, []];
}

/** Try again because a person asked for it, even after something final, which is never retried by
 * itself.
 * @param {Link} state @param {number} now @returns {Linked} */
export function reconnect(state, now) {
  /** @type {Link} */
  const next = {
    ...state, status: "opening", opening_at: now, tries: 0, bye: null, is_proven: false,
  };
  return [next, [{ type: "open" }, { type: "check" }]];
}
