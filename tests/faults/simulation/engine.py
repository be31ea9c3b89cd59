"""QuickJS with the phones' own modules in it; pages are slots: one engine serves all seeds."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from tests.support.js import context

GLUE = """
const PAGES = [];
function reset(i, role) { PAGES[i] = { L: M.link.link(role), S: M.failsafe.failsafe() }; }
function run(p, input, now) {
  const [next, effects] = M.link.step(p.L, input, now);
  p.L = next;
  return effects;
}
function look(p, now) {
  const { server, heard_at, offset_ms, alerts, peer_heard_ms } = p.L;
  const good = M.alerts.last_good(alerts);
  const server_now = now + offset_ms;
  const input = { type: "look", server, heard_at, peer_heard_ms, server_now, good };
  const [next] = M.failsafe.step(p.S, input, now);
  p.S = next;
}
function put(i, input, now) {
  const p = PAGES[i];
  const effects = run(p, JSON.parse(input), now);
  if (effects.length && input.includes('"tap"')) look(p, now);
  return effects.length ? JSON.stringify(effects) : "";
}
function hear(i, text, now) {
  const p = PAGES[i];
  const effects = run(p, { type: "message", message: JSON.parse(text) }, now);
  look(p, now);
  return effects.length ? JSON.stringify(effects) : "";
}
function tick(i, visible, now) {
  const p = PAGES[i];
  look(p, now);
  const effects = run(p, { type: "status", visible, sound: "on", awake: true }, now);
  effects.push(...run(p, { type: "tick" }, now));
  return effects.length ? JSON.stringify(effects) : "";
}
function unpainted(i) {
  return JSON.stringify(PAGES[i].L.alerts.filter((a) => !a.is_painted).map((a) => a.alert));
}
function shown(i, now) {
  const p = PAGES[i];
  const { facts: f, stays_ms } = M.facts.facts({ link: p.L, failsafe: p.S }, now);
  const s = p.L.server;
  return [f.phase, f.severity, f.lost, f.over ?? "no", s ? s.seq : -1, s ? s.phase_no : -1,
    s ? s.may.join(" ") : "", s && s.stop ? s.stop.options.join(" ") : "", p.L.status,
    p.L.direct, Math.min(stays_ms, 1_000_000)].join("|");
}
"""


class Engine:
    """The functions of the glue as Python calls."""

    def __init__(self) -> None:
        self._js = context()
        self._js.eval(GLUE)
        names = ("reset", "put", "hear", "tick", "unpainted", "shown")
        self._calls: dict[str, Any] = {name: self._js.get(name) for name in names}

    def call(self, name: str, *args: Any) -> str:
        """Call one; all give text."""
        # A whole number would be cut to 32 bits on its way in.
        given = (float(arg) if type(arg) is int and arg > 99 else arg for arg in args)
        return str(self._calls[name](*given))

    def effects(self, name: str, *args: Any) -> list[dict[str, Any]]:
        """Call one that gives effects."""
        text = self.call(name, *args)
        made: list[dict[str, Any]] = json.loads(text) if text else []
        return made


@cache
def engine() -> Engine:
    """Return the one engine of this process."""
    return Engine()
