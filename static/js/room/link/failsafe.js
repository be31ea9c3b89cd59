// What this phone concludes by itself. A pure reducer: step(state, input, now) -> [state, effects].
// It only ever errs on the safe side: nothing here starts or resumes anything.

import { BEFORE_STRETCHES, HANDS_ON, LOST_AFTER_MS, PUSHING } from "../constants.js";
import { is_over } from "./countdown.js";

export const SILENT_AFTER_MS = LOST_AFTER_MS - 500; // before the server judges
// A little later than the server, in case it can't tell us that the other phone is silent.
export const PEER_LOST_AFTER_MS = LOST_AFTER_MS + 250;
const ORDER = ["ok", "ease", "stop"];

/** @import { Failsafe, StateTold } from "../shapes" */
/**
 * @typedef {{
 *   type: "look", server: StateTold | null, heard_at: number, peer_heard_ms?: number | null,
 *   server_now: number, good?: string | null,
 * }} Look
 */

/** @returns {Failsafe} */
export function failsafe() {
  return { lost: false, over_no: null, eased_no: null, good: null };
}

/** @param {string | undefined} phase */
export function is_hands_on(phase) {
  return HANDS_ON.includes(phase ?? "");
}

/** Whether both people use this one phone: then no other phone can be silent.
 * @param {StateTold | null} server */
export function is_one_phone(server) {
  return server?.seats?.partner?.phone === "shared";
}

/** Whether a stop would latch: not before the first stretch, not after the end.
 * @param {string | undefined} phase */
export function is_stretching(phase) {
  return phase !== undefined && !BEFORE_STRETCHES.includes(phase) && phase !== "ended";
}

/** @param {string[]} severities @returns {string} */
export function worst(severities) {
  return severities.reduce((a, b) => (ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a), "ok");
}

/**
 * Judge what the link knows.
 * @param {Failsafe} state
 * @param {Look} input
 * @param {number} now
 * @returns {[Failsafe, {type: string}[]]}
 */
export function step(state, input, now) {
  const { server, heard_at, peer_heard_ms = null, server_now, good = null } = input;
  const hands_on = is_hands_on(server?.phase);
  const is_silent = now - heard_at >= SILENT_AFTER_MS;
  // CONTACT LOST ends only when the server is heard again: nothing is guessed.
  const is_peer_silent = !is_one_phone(server)
    && peer_heard_ms !== null && server_now - peer_heard_ms >= PEER_LOST_AFTER_MS;
  const phase_no = server?.phase_no ?? null;
  const is_pushing = PUSHING.includes(server?.phase ?? "");
  const lost = (is_silent && (hands_on || state.lost)) || (is_peer_silent && is_pushing);
  const is_held = server?.phase === "holding";
  const ran_out = is_held && is_over(server.timer, server_now);
  const over_no = ran_out ? phase_no : is_held ? state.over_no : null;
  // A GOOD ends the ease that this phone made by itself, even if the server never knew of it.
  const is_still_eased = phase_no === state.eased_no && good === state.good;
  const kept = is_still_eased ? [state.eased_no, state.good] : [null, null];
  const [eased_no, seen_good] = lost && is_pushing
    ? [phase_no, state.lost ? state.good : good]
    : /** @type {[number | null, string | null]} */ (kept);
  const effects = [];
  if (lost && !state.lost) effects.push({ type: "lost" });
  if (over_no !== null && over_no !== state.over_no) effects.push({ type: "over" });
  return [{ lost, over_no, eased_no, good: seen_good }, effects];
}

/** Whether this phone still shows the ease that it made by itself.
 * @param {Failsafe} state @param {StateTold | null} server */
export function is_eased(state, server) {
  const is_same = state.eased_no !== null && state.eased_no === server?.phase_no;
  return is_same && PUSHING.includes(server?.phase ?? "");
}

/** Whether this phone shows the way back by its own clock.
 * @param {Failsafe} state @param {StateTold | null} server */
export function shows_way_back(state, server) {
  return state.over_no !== null && state.over_no === server?.phase_no;
}
