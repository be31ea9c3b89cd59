// Asks by HTTP why there is no socket: a refused handshake tells a page nothing.

import { ask } from "../../ask.js";
import { attempt } from "../../browser.js";

/** @import { Foreign } from "../../answer.js" */
/** @import { Found } from "../shapes" */

const is_state = (/** @type {Foreign} */ body) => body?.type === "state";

/**
 * Return what could be found out about this seat.
 * @param {string} room @param {string} role
 * @param {number} server_now the server's time as this phone knows it; NaN if it was never told
 * @returns {Promise<Found>}
 */
export async function check_seat(room, role, server_now) {
  const origin = encodeURIComponent(location.origin);
  const answer = await ask(`/api/rooms/${room}?role=${role}&origin=${origin}`, {}, is_state);
  return {
    answer,
    is_online: attempt("onLine", () => navigator.onLine, true),
    is_https: location.protocol === "https:",
    clock_off_ms: Number.isFinite(server_now) ? Date.now() - server_now : null,
    is_restarting: false, // the link knows that
  };
}
