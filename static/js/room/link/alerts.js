// The alerts that this phone was told. Each is painted once, then `seen` is sent; if the server
// sends the alert again, `seen` is sent again. Pure; used by link.js.

import { MOST_ID_CHARS } from "../constants.js";
import { is_hands_on, worst } from "./failsafe.js";

/** @import { Alert, Link, Linked, LinkEffect } from "../shapes" */
/** @import { AlertTold, StateTold } from "../told" */
/** @import { Foreign } from "../../answer.js" */

const DIRECT_LASTS_MS = 10_000;

/** Mark the alerts that this state includes. The server makes a state when it sends it, so the
 * state includes every alert that the server told before. An alert that came by the direct line
 * alone is included only if the state is as severe, or if nothing is left to ease.
 * @param {Link} state @param {StateTold} message @returns {Link} */
export function covered(state, message) {
  const as_severe = (/** @type {Alert} */ a) =>
    worst([a.kind, message.severity]) === message.severity;
  const counts = (/** @type {Alert} */ a) =>
    !a.is_direct || as_severe(a) || (a.kind === "ease" && !is_hands_on(message.phase));
  const alerts = state.alerts.map((a) => ({ ...a, is_covered: a.is_covered || counts(a) }));
  const knock = message.may.includes("admit") ? state.knock : null;
  const asked = state.invitation?.role ?? "";
  const has_come = message.seats[asked]?.link === "live";
  const is_used = asked === "display" ? message.displays > 0 : has_come;
  const invitation = is_used ? null : state.invitation;
  return { ...state, server: message, alerts, knock, invitation };
}

/** Take up an alert from the server.
 * @param {Link} state @param {AlertTold} message @param {number} now @returns {Linked} */
export function alerted(state, message, now) {
  const known = state.alerts.find((a) => a.alert === message.alert);
  if (known?.is_direct) {
    const alerts = state.alerts.map((a) => (a === known ? { ...a, is_direct: false } : a));
    return [{ ...state, alerts }, known.is_painted ? [seen(message.alert)] : []];
  }
  if (known) return [state, known.is_painted ? [seen(message.alert)] : []];
  return [added(state, { ...message, at: now, is_direct: false }), []];
}

/** @param {Link} state @param {Omit<Alert, "is_painted" | "is_covered">} one @returns {Link} */
const added = (state, one) => {
  const fresh = { ...one, is_painted: false, is_covered: false };
  return { ...state, alerts: [...state.alerts, fresh].slice(-16) };
};

/** Take up an alert that came by the direct line: only signals of the other phone are accepted.
 * @param {Link} state @param {NonNullable<Foreign>} message @param {number} now
 * @returns {Linked} */
export function heard_directly(state, message, now) {
  const peer = state.role === "client" ? "partner" : "client";
  const { alert, kind, cause } = message;
  if (typeof alert !== "string" || alert.length > MOST_ID_CHARS) return [state, []];
  if (!alert.startsWith(`${peer}:`)) return [state, []];
  if (kind !== "stop" && !(kind === "ease" && peer === "client")) return [state, []];
  const known = state.alerts.find((a) => a.alert === alert);
  if (known) return [state, known.is_painted ? [seen_directly(alert)] : []];
  /** @type {"stop" | "ease"} */
  const as_told = kind;
  const told = { alert, kind: as_told, by: peer, cause: String(cause), drill: false };
  return [added(state, { ...told, at: now, is_direct: true }), []];
}

/** Return the alerts that still count. One that came by the direct line alone stays until the
 * server is heard again and has had time to be told of it.
 * @param {Link} state @param {number} now */
export function lasting(state, now) {
  if (!state.alerts.some((a) => a.is_direct && !a.is_covered)) return state.alerts;
  return state.alerts.map((a) => {
    if (!a.is_direct || a.is_covered || state.heard_at <= a.at) return a;
    const known_at = a.known_at ?? now;
    return { ...a, known_at, is_covered: now - known_at >= DIRECT_LASTS_MS };
  });
}

/** The page has painted these alerts: say so.
 * @param {Link} state @param {string[]} ids of alerts @returns {Linked} */
export function painted(state, ids) {
  const fresh = state.alerts.filter((a) => ids.includes(a.alert) && !a.is_painted);
  const alerts = state.alerts.map((a) => (fresh.includes(a) ? { ...a, is_painted: true } : a));
  const effects = state.status === "open" ? fresh.map(({ alert }) => seen(alert)) : [];
  if (state.direct) effects.push(...fresh.map(({ alert }) => seen_directly(alert)));
  return [{ ...state, alerts }, effects];
}

/** @param {string} alert @returns {LinkEffect} */
const seen = (alert) => ({ type: "send", message: { type: "seen", alert } });

/** @param {string} alert @returns {LinkEffect} */
const seen_directly = (alert) => ({ type: "direct", message: { type: "seen", alert } });

/** Return the id of the client's newest GOOD that this phone was told, or null.
 * @param {Alert[]} alerts */
export function last_good(alerts) {
  return alerts.filter((a) => a.kind === "good").pop()?.alert ?? null;
}
