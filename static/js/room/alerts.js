// The alerts told to this phone: painted once, `seen` said once painted, said again when asked again.
// Pure; used by link.js.

import { is_hands_on, worst } from "./failsafe.js";

const DIRECT_LASTS_MS = 10_000;

/** A state is made when it is sent, so it counts in every alert that the server told before it; what
 * came by the direct line alone, it counts in only where it is as severe, or nothing is left to ease. */
export function covered(state, message) {
  const as_severe = (a) => worst([a.kind, message.severity]) === message.severity;
  const counts = (a) => !a.is_direct || as_severe(a) || (a.kind === "ease" && !is_hands_on(message.phase));
  const alerts = state.alerts.map((a) => ({ ...a, is_covered: a.is_covered || counts(a) }));
  const knock = message.may.includes("admit") ? state.knock : null;
  const asked = state.invitation?.role;
  const is_used = asked === "display" ? message.displays > 0 : message.seats[asked]?.link === "live";
  const invitation = is_used ? null : state.invitation;
  return { ...state, server: message, alerts, knock, invitation };
}

export function alerted(state, message, now) {
  const known = state.alerts.find((a) => a.alert === message.alert);
  if (known?.is_direct) {
    const alerts = state.alerts.map((a) => (a === known ? { ...a, is_direct: false } : a));
    return [{ ...state, alerts }, known.is_painted ? [seen(message.alert)] : []];
  }
  if (known) return [state, known.is_painted ? [seen(message.alert)] : []];
  return [added(state, { ...message, at: now, is_direct: false }), []];
}

const added = (state, one) => {
  const fresh = { ...one, is_painted: false, is_covered: false };
  return { ...state, alerts: [...state.alerts, fresh].slice(-16) };
};

/** What comes by the direct line can only be a signal of the phone across the mat. */
export function heard_directly(state, message, now) {
  const peer = state.role === "client" ? "partner" : "client";
  const { alert, kind, cause } = message;
  const is_theirs = typeof alert === "string" && alert.length <= 64 && alert.startsWith(`${peer}:`);
  if (!is_theirs || (kind !== "stop" && !(kind === "ease" && peer === "client"))) return [state, []];
  const known = state.alerts.find((a) => a.alert === alert);
  if (known) return [state, known.is_painted ? [seen_directly(alert)] : []];
  const one = { alert, kind, by: peer, cause: String(cause), drill: false, at: now, is_direct: true };
  return [added(state, one), []];
}

/** Told by the direct line alone, it stays until the server, once heard again, had time to be told. */
export function lasting(state, now) {
  if (!state.alerts.some((a) => a.is_direct && !a.is_covered)) return state.alerts;
  return state.alerts.map((a) => {
    if (!a.is_direct || a.is_covered || state.heard_at <= a.at) return a;
    const known_at = a.known_at ?? now;
    return { ...a, known_at, is_covered: now - known_at >= DIRECT_LASTS_MS };
  });
}

export function painted(state, ids) {
  const fresh = state.alerts.filter((a) => ids.includes(a.alert) && !a.is_painted);
  const alerts = state.alerts.map((a) => (fresh.includes(a) ? { ...a, is_painted: true } : a));
  const effects = state.status === "open" ? fresh.map(({ alert }) => seen(alert)) : [];
  if (state.direct) effects.push(...fresh.map(({ alert }) => seen_directly(alert)));
  return [{ ...state, alerts }, effects];
}

const seen = (alert) => ({ type: "send", message: { type: "seen", alert } });

const seen_directly = (alert) => ({ type: "direct", message: { type: "seen", alert } });

/** The client's newest GOOD that this phone was told of, or null. @param {any[]} alerts */
export function last_good(alerts) {
  return alerts.filter((a) => a.kind === "good").pop()?.alert ?? null;
}
