// Urgent taps on their way: what they say, when they are sent again, when they are settled. Pure.

import { BEFORE_STRETCHES } from "../constants.js";
import { is_one_phone } from "./failsafe.js";

/** @import { Fields, Link, LinkEffect, Linked, TapFate, TapMessage, UrgentTap } from "../shapes" */
/** @import { AlertTold } from "../told" */
/** @import { Foreign } from "../../answer.js" */

export const URGENT = ["stop", "ease", "pain"];
export const AGAIN_MS = 500;
const POST_AGAIN_MS = 1_000;
const FORGET_RESTORED_MS = 60_000; // what an older page left is no longer wanted
// Refusals that sending again does not change. A disk that is down may come back.
const FINAL_REFUSALS = ["not_now", "stale", "not_yours", "malformed"];
const DRILL_LASTS_MS = 10_000;
const EASED = ["eased", "releasing", "paused"];

/** Return a tap as a message. What is not in `fields` comes from the newest state.
 * @param {Link} state @param {string} id @param {string} command @param {Fields} fields
 * @returns {{message: TapMessage, is_detail: boolean}} */
export function message_of(state, id, command, fields) {
  const server = state.server;
  /** @type {TapMessage} */
  const message = { type: command, id, ...fields };
  if (command === "ready" || command === "good") message.phase_no = server?.phase_no ?? -1;
  if (command === "let_go") {
    if (server?.phase === "warming_up") message.alert = server.drill?.alert ?? "none";
    else message.stop = server?.stop?.stop ?? told_stop(state);
  }
  if (command === "gentler") message.on = !server?.gentle;
  if (command === "clear") message.stop = server?.stop?.stop ?? "none";
  if (command === "admit" || command === "turn_away") message.knock = state.knock?.knock ?? "none";
  return command === "pain" ? pain_of(state, id, fields) : { message, is_detail: false };
}

/** Return a pain; or more about the stop that is up, which is not urgent. `toggle` adds or removes
 * a kind of pain.
 * @param {Link} state @param {string} id @param {Fields} fields */
function pain_of(state, id, { toggle, place }) {
  const up = state.server?.phase === "stopped" ? state.server.stop : null;
  const stop = toggle || place ? up : null;
  const is_detail = stop !== null;
  /** @type {TapMessage} */
  const message = { type: "pain", id, flag: stop?.flag && state.flag ? state.flag : id };
  if (stop) message.stop = stop.stop;
  if (place) message.place = place;
  if (toggle) {
    const said = is_detail ? kinds_said(state) : [];
    const others = said.filter((one) => one !== toggle);
    message.qualities = said.includes(toggle) ? others : [...said, toggle];
  }
  return { message, is_detail };
}

/** Return what the pain is like by the last tap: two taps may come before the server answers one.
 * @param {Link} state */
export function kinds_said({ pending, server }) {
  const is_of_it = (/** @type {UrgentTap} */ { message }) =>
    message.qualities && message.stop === server?.stop?.stop;
  const waiting = pending.filter(is_of_it).pop();
  return waiting?.message.qualities ?? server?.stop?.flag?.qualities ?? [];
}

/** Return the stop that is shown before a state names it: told by an alert, or this phone's own.
 * @param {Link} state */
function told_stop(state) {
  const told = state.alerts.filter((a) => a.kind === "stop" && !a.drill && !a.is_covered).pop();
  const is_stop = (/** @type {UrgentTap} */ p) =>
    ["stop", "pain"].includes(p.command) && !p.is_detail;
  const own = state.pending.filter(is_stop).pop();
  return told?.alert ?? own?.alert ?? "none";
}

/** Take up the taps that were unsettled before a reload, and the fate of the last of them.
 * @param {Link} state @param {Foreign} saved @param {number} now @returns {Link} */
export function restored(state, saved, now) {
  const kept = /** @type {unknown[]} */ (Array.isArray(saved?.pending) ? saved.pending : []);
  const pending = kept.filter(is_tap).filter((p) => now - p.at < FORGET_RESTORED_MS)
    .map((p) => ({ ...p, sent_at: -Infinity, post_at: now + AGAIN_MS }));
  const last = pending.filter((p) => !p.is_detail).pop();
  const fate = last ? fate_of(last, last.is_done ? "sent" : "sending") : null;
  return { ...state, pending, fate, flag: typeof saved?.flag === "string" ? saved.flag : null };
}

/** Whether it is a tap as a page stores it. @param {unknown} one @returns {one is UrgentTap} */
const is_tap = (one) => typeof /** @type {UrgentTap | null} */ (one)?.message?.id === "string";

/** @param {UrgentTap} tap @param {TapFate["status"]} status @returns {TapFate} */
export function fate_of({ alert, command, at }, status) {
  return { alert, command, status, at, shown_ms: null };
}

/** Return the taps that no page has shown yet; more about a pain is not urgent.
 * @param {UrgentTap[]} taps */
export function unshown(taps) {
  return taps.filter((p) => !p.is_shown && !p.is_detail);
}

/** Return a tap as the alert that the server would tell, to be sent by the direct line.
 * @param {Link} state @param {UrgentTap} tap @returns {AlertTold} */
export function as_alert(state, { alert, command, at }) {
  const kind = command === "ease" ? "ease" : "stop";
  const cause = command === "pain" ? "pain" : "asked";
  const at_ms = Math.round(at + state.offset_ms);
  return { type: "alert", alert, kind, by: state.role, cause, drill: false, at_ms };
}

/** Whether it is useless to send the tap again. @param {string} reason */
export function is_final(reason) {
  return FINAL_REFUSALS.includes(reason);
}

/** @typedef {{pending: UrgentTap[], effects: LinkEffect[]}} Mail */

/** Send again, under the same id, what was last sent some time ago.
 * @param {UrgentTap[]} pending @param {number} now @param {number} [after] ms @returns {Mail} */
export function resent(pending, now, after = AGAIN_MS) {
  const due = pending.filter((p) => now - p.sent_at >= after);
  return {
    pending: pending.map((p) => (due.includes(p) ? { ...p, sent_at: now } : p)),
    effects: due.map((p) => ({ type: "send", message: p.message })),
  };
}

/** Send by HTTP, too, what the server has not answered by now: the socket may be dead, behind a
 * proxy that passes none or in a Wi-Fi that was left. The id makes a second copy harmless.
 * @param {UrgentTap[]} pending @param {number} now @returns {Mail} */
export function posted(pending, now) {
  const due = pending.filter((p) => !p.is_done && now >= p.post_at);
  return {
    pending: pending.map((p) => (due.includes(p) ? { ...p, post_at: now + POST_AGAIN_MS } : p)),
    effects: due.map((p) => ({ type: "post", message: p.message })),
  };
}

/** Whether a tap can be dropped although nobody said that it was shown: an old STOP must not stop
 * another hold minutes later. A tap that the server has not taken yet is kept.
 * @param {UrgentTap} tap @param {Link} state @param {number} now */
export function is_settled(tap, state, now) {
  const server = state.server;
  if (server?.phase === "ended") return true;
  // A detail raises no alert. Without its stop it would be taken for a new stop.
  if (tap.is_detail) return tap.is_done || (server !== null && server.phase !== "stopped");
  if (!tap.is_done || !server) return false;
  if (tap.command === "ease") return !EASED.includes(server.phase);
  if (BEFORE_STRETCHES.includes(server.phase)) return now - tap.at >= DRILL_LASTS_MS;
  return server.stop?.stop !== tap.alert;
}

/** Return the severity of this phone's own taps that the server has not taken yet.
 * @param {Link} state */
export function own_severity(state) {
  const phase = state.server?.phase ?? "lobby";
  if (BEFORE_STRETCHES.includes(phase) || phase === "ended") return "ok";
  const waiting = state.pending.filter((p) => !p.is_done && !p.is_detail).map((p) => p.command);
  if (waiting.includes("stop") || waiting.includes("pain")) return "stop";
  return waiting.includes("ease") ? "ease" : "ok";
}

/** Return the severity of the alerts that no state includes yet. @param {Link} state */
export function alert_severity(state) {
  const phase = state.server?.phase ?? "lobby";
  if (BEFORE_STRETCHES.includes(phase) || phase === "ended") return "ok";
  const kinds = state.alerts.filter((a) => !a.is_covered && !a.drill).map((a) => a.kind);
  if (kinds.includes("stop")) return "stop";
  return kinds.includes("ease") || kinds.includes("contact") ? "ease" : "ok";
}

/** Return the effect that stores what a reload needs. @param {Link} state @returns {LinkEffect} */
export const save = ({ pending, flag }) => ({ type: "save", saved: { pending, flag } });

/** Whether a tap must still be sent. It is done only when shown and written: a server that dies
 * before it has written it knows nothing of it. With one phone nobody else can show it.
 * @param {Link} state @param {UrgentTap} tap */
const is_open = (state, tap) => !((tap.is_shown || is_one_phone(state.server)) && tap.is_done);

/** Take up what the server said of a tap; `change` returns null if that settles it.
 * @param {Link} state @param {string | null} id
 * @param {(tap: UrgentTap) => UrgentTap | null} change @returns {Linked} */
export function answered(state, id, change) {
  const pending = state.pending.flatMap((p) => (p.id === id ? change(p) ?? [] : p))
    .filter((p) => is_open(state, p));
  const fate = state.fate;
  const is_it = fate?.alert === `${state.role}:${id}` && fate.status === "sending";
  const is_done = pending.some((p) => p.id === id);
  /** @type {TapFate | null} */
  const told = is_done && fate ? { ...fate, status: "sent" } : null;
  const next = { ...state, pending, fate: is_it ? told : fate };
  return [next, [save(next)]];
}

/** Take up that the other page has painted it.
 * @param {Link} state @param {{alert: string, shown_ms: number}} told @returns {Linked} */
export function fated(state, { alert, shown_ms }) {
  const pending = state.pending
    .map((p) => (p.alert === alert ? { ...p, is_shown: true } : p))
    .filter((p) => is_open(state, p));
  const { fate } = state;
  /** @type {Link} */
  const next = {
    ...state, pending, fate: fate?.alert === alert ? { ...fate, status: "shown", shown_ms } : fate,
  };
  return [next, [save(next)]];
}
