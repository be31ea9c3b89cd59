// A refused handshake tells a page nothing: ask over HTTP, and tell what could be found out.

import { ask } from "../../ask.js";
import { attempt } from "../../browser.js";

/** @import { Foreign } from "../../answer.js" */
/** @import { Found } from "../shapes" */

const is_state = (/** @type {Foreign} */ body) => body?.type === "state";

/**
 * @param {string} room @param {string} role @param {number} server_now by the newest that the server said; NaN for nothing
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
    is_restarting: false, // the link knows
  };
}
