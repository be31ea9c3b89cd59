// The urgent taps on their way: what they say, when they are sent again, when they are settled.

import { BEFORE_STRETCHES } from "../constants.js";
import { is_one_phone } from "./failsafe.js";

/** @import { Fields, Link, LinkEffect, Linked, TapFate, TapMessage, UrgentTap } from "../shapes" */
/** @import { AlertTold } from "../told" */
/** @import { Foreign } from "../../answer.js" */

export const URGENT = ["stop", "ease", "pain"];
export const AGAIN_MS = 500;
const POST_AGAIN_MS = 1_000;
const FORGET_RESTORED_MS = 60_000; // what an old page left behind is nobody's wish any more
// Refusals that no repetition changes; a disk that is down may come back.
const FINAL_REFUSALS = ["not_now", "stale", "not_yours", "malformed"];
const DRILL_LASTS_MS = 10_000;
const EASED = ["eased", "releasing", "paused"];

/** The wire's message of a tap: what is not in `fields` comes from the newest state.
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

/** A pain, or more about the stop that is up: then it is no alarm. `toggle` says or unsays a kind.
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
    message.qualities = said.includes(toggle) ? said.filter((one) => one !== toggle) : [...said, toggle];
  }
  return { message, is_detail };
}

/** What a pain is like, as the last tap has it: two taps may come before the server answers one.
 * @param {Link} state */
export function kinds_said({ pending, server }) {
  const waiting = pending.filter((p) => p.message.qualities && p.message.stop === server?.stop?.stop).pop();
  return waiting?.message.qualities ?? server?.stop?.flag?.qualities ?? [];
}

/** The stop that is shown though no state names it yet: told by an alert, or this phone's own.
 * @param {Link} state */
function told_stop(state) {
  const told = state.alerts.filter((a) => a.kind === "stop" && !a.drill && !a.is_covered).pop();
  const own = state.pending.filter((p) => ["stop", "pain"].includes(p.command) && !p.is_detail).pop();
  return told?.alert ?? own?.alert ?? "none";
}

/** What a reload left unsettled, and what became of the last tap of it.
 * @param {Link} state @param {Foreign} saved @param {number} now @returns {Link} */
export function restored(state, saved, now) {
  const kept = /** @type {unknown[]} */ (Array.isArray(saved?.pending) ? saved.pending : []);
  const pending = kept.filter(is_tap).filter((p) => now - p.at < FORGET_RESTORED_MS)
    .map((p) => ({ ...p, sent_at: -Infinity, post_at: now + AGAIN_MS }));
  const last = pending.filter((p) => !p.is_detail).pop();
  const fate = last ? fate_of(last, last.is_done ? "sent" : "sending") : null;
  return { ...state, pending, fate, flag: typeof saved?.flag === "string" ? saved.flag : null };
}

/** A page keeps whole taps or none. @param {unknown} one @returns {one is UrgentTap} */
const is_tap = (one) => typeof /** @type {UrgentTap | null} */ (one)?.message?.id === "string";

/** @param {UrgentTap} tap @param {TapFate["status"]} status @returns {TapFate} */
export const fate_of = ({ alert, command, at }, status) => ({ alert, command, status, at, shown_ms: null });

/** The taps that no page has shown yet; telling more of a pain is no alarm. @param {UrgentTap[]} taps */
export function unshown(taps) {
  return taps.filter((p) => !p.is_shown && !p.is_detail);
}

/** A tap as the other page hears of it by the direct line: what the server would have told.
 * @param {Link} state @param {UrgentTap} tap @returns {AlertTold} */
export function as_alert(state, { alert, command, at }) {
  const kind = command === "ease" ? "ease" : "stop";
  const cause = command === "pain" ? "pain" : "asked";
  return { type: "alert", alert, kind, by: state.role, cause, drill: false, at_ms: Math.round(at + state.offset_ms) };
}

/** Whether sending it again is no use. @param {string} reason */
export function is_final(reason) {
  return FINAL_REFUSALS.includes(reason);
}

/** @typedef {{pending: UrgentTap[], effects: LinkEffect[]}} Mail */

/** Send again, with the same id, what was last sent a while ago.
 * @param {UrgentTap[]} pending @param {number} now @param {number} [after] ms @returns {Mail} */
export function resent(pending, now, after = AGAIN_MS) {
  const due = pending.filter((p) => now - p.sent_at >= after);
  return {
    pending: pending.map((p) => (due.includes(p) ? { ...p, sent_at: now } : p)),
    effects: due.map((p) => ({ type: "send", message: p.message })),
  };
}

/** What the server has not answered by now goes without the socket too, which may be dead: a proxy that
 * passes none, a Wi-Fi that was left. The id makes a second copy harmless.
 * @param {UrgentTap[]} pending @param {number} now @returns {Mail} */
export function posted(pending, now) {
  const due = pending.filter((p) => !p.is_done && now >= p.post_at);
  return {
    pending: pending.map((p) => (due.includes(p) ? { ...p, post_at: now + POST_AGAIN_MS } : p)),
    effects: due.map((p) => ({ type: "post", message: p.message })),
  };
}

/** Whether a tap needs no more sending though nobody said that it was shown. No ghost of a STOP may
 * stop another hold minutes later; one that the server has not taken yet is kept.
 * @param {UrgentTap} tap @param {Link} state @param {number} now */
export function is_settled(tap, state, now) {
  const server = state.server;
  if (server?.phase === "ended") return true;
  // A detail raises no alert. Without the stop it belongs to it would start one of its own.
  if (tap.is_detail) return tap.is_done || (server !== null && server.phase !== "stopped");
  if (!tap.is_done || !server) return false;
  if (tap.command === "ease") return !EASED.includes(server.phase);
  if (BEFORE_STRETCHES.includes(server.phase)) return now - tap.at >= DRILL_LASTS_MS;
  return server.stop?.stop !== tap.alert;
}

/** How severe this phone's own taps are, that the server has not taken yet. @param {Link} state */
export function own_severity(state) {
  const phase = state.server?.phase ?? "lobby";
  if (BEFORE_STRETCHES.includes(phase) || phase === "ended") return "ok";
  const waiting = state.pending.filter((p) => !p.is_done && !p.is_detail).map((p) => p.command);
  if (waiting.includes("stop") || waiting.includes("pain")) return "stop";
  return waiting.includes("ease") ? "ease" : "ok";
}

/** How severe the alerts are that no state has taken in yet. @param {Link} state */
export function alert_severity(state) {
  const phase = state.server?.phase ?? "lobby";
  if (BEFORE_STRETCHES.includes(phase) || phase === "ended") return "ok";
  const kinds = state.alerts.filter((a) => !a.is_covered && !a.drill).map((a) => a.kind);
  if (kinds.includes("stop")) return "stop";
  return kinds.includes("ease") || kinds.includes("contact") ? "ease" : "ok";
}

/** What a reload is to find. @param {Link} state @returns {LinkEffect} */
export const save = ({ pending, flag }) => ({ type: "save", saved: { pending, flag } });

/** Shown and not yet written is not enough: a server that dies now knows nothing of it. With one
 * phone nobody else shows it. @param {Link} state @param {UrgentTap} tap */
const is_open = (state, tap) => !((tap.is_shown || is_one_phone(state.server)) && tap.is_done);

/** Take up what the server said of a tap; `change` gives null where that settles it.
 * @param {Link} state @param {string | null} id @param {(tap: UrgentTap) => UrgentTap | null} change
 * @returns {Linked} */
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

/** The other page has painted it.
 * @param {Link} state @param {{alert: string, shown_ms: number}} told @returns {Linked} */
export function fated(state, { alert, shown_ms }) {
  const pending = state.pending
    .map((p) => (p.alert === alert ? { ...p, is_shown: true } : p)).filter((p) => is_open(state, p));
  const { fate } = state;
  /** @type {Link} */
  const next = {
    ...state, pending, fate: fate?.alert === alert ? { ...fate, status: "shown", shown_ms } : fate,
  };
  return [next, [save(next)]];
}
