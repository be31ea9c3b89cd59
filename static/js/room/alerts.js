// The alerts told to this phone: painted once, `seen` said once painted, said again when asked again.
// Pure; used by link.js.

/** A state is made when it is sent, so it counts in every alert told before it. */
export function covered(state, message) {
  const alerts = state.alerts.map((a) => ({ ...a, is_covered: true }));
  const knock = message.may.includes("admit") ? state.knock : null;
  return { ...state, server: message, alerts, knock };
}

export function alerted(state, message, now) {
  const known = state.alerts.find((a) => a.alert === message.alert);
  if (known) return [state, known.is_painted ? [seen(message.alert)] : []];
  const one = { ...message, at: now, is_painted: false, is_covered: false };
  return [{ ...state, alerts: [...state.alerts, one].slice(-16) }, []];
}

export function painted(state, ids) {
  const fresh = state.alerts.filter((a) => ids.includes(a.alert) && !a.is_painted);
  const alerts = state.alerts.map((a) => (fresh.includes(a) ? { ...a, is_painted: true } : a));
  const effects = state.status === "open" ? fresh.map(({ alert }) => seen(alert)) : [];
  return [{ ...state, alerts }, effects];
}

const seen = (alert) => ({ type: "send", message: { type: "seen", alert } });

/** The client's newest GOOD that this phone was told of, or null. @param {any[]} alerts */
export function last_good(alerts) {
  return alerts.filter((a) => a.kind === "good").pop()?.alert ?? null;
}
