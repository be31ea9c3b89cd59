// What may end a link: the server itself, and nothing that stands between. Pure; used by link.js.
// Whoever takes a handshake can also send close codes: they count only on a socket that has proven ours.

import { CLOSE_GONE, CLOSE_MOVED, CLOSE_OTHER_VERSION, PROTOCOL_VERSION } from "../constants.js";
import { diagnose, final_of } from "./diagnose.js";

/** @import { Ending, Link, Linked, Found } from "../shapes" */
/** @import { Told } from "../told" */
/** @import { Foreign } from "../../answer.js" */

/** @type {Partial<Record<number, Ending>>} */
const BYES = { [CLOSE_MOVED]: "moved", [CLOSE_GONE]: "gone", [CLOSE_OTHER_VERSION]: "reload" };

/** An echo of our own beats, or any other program's JSON, is no sign of life. 
 * @param {Foreign} message @returns {message is Told} */
export function is_ours(message) {
  if (message?.type === "state") return message.v === PROTOCOL_VERSION && Boolean(message.seats);
  if (message?.type === "beat") return Number.isFinite(message.server_ms);
  return typeof message?.type === "string";
}

/** Whether it shows that the server itself speaks there. @param {Told} message */
export const proves = ({ type }) => type === "state" || type === "bye";

/** What a close code says, where it is the server's. 
 * @param {Link} state @param {number} code @returns {Ending | null} */
export const bye_of = (state, code) => (state.is_proven ? BYES[code] ?? null : null);

/** What was found out over HTTP, while there is no contact.
 * @param {Link} state @param {{found: Found}} input @returns {Linked} */
export function checked(state, { found }) {
  if (state.status === "open" && state.is_proven) return [state, []];
  const next = { ...state, found: { ...found, tries: state.tries } };
  const bye = final_of(diagnose({ ...found, is_restarting: false }));
  return [bye ? { ...next, bye, status: "final" } : next, []];
}

/** A person who taps wants a try, whatever was found out before; by itself nothing final is tried again.
 * @param {Link} state @param {number} now @returns {Linked} */
export function reconnect(state, now) {
  const next = /** @type {Link} */ ({ ...state, status: "opening", opening_at: now, tries: 0, bye: null, is_proven: false });
  return [next, [{ type: "open" }, { type: "check" }]];
}
