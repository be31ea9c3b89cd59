"""The parts of a browser that sound.js and wake.js use, in QuickJS: each behaves as the test says,
in the ways phones do, on a clock that the test moves."""

from __future__ import annotations

from typing import Any

import quickjs

from tests.support.js import call, program

PARTS = """
const MADE = [], ON = {};
let NOW = 0, REFUSES = false, FREEZES = false, ASKED = 0, LOCK = null, PLAYED = 0;
const document = {
  visibilityState: "visible", addEventListener(type, f) { (ON[type] ??= []).push(f); },
};
const navigator = { audioSession: { type: "auto" } };
class AudioContext {
  constructor() {
    const session = navigator.audioSession.type;
    Object.assign(this, { state: "suspended", currentTime: 0, resumed: 0, session });
    MADE.push(this);
  }
  resume() {
    this.resumed += 1;
    if (this.refuses ?? REFUSES) return Promise.reject(new Error("InvalidStateError"));
    this.state = "running";
    return Promise.resolve();
  }
  close() { this.state = "closed"; return Promise.resolve(); }
}
const run_on = (seconds) => MADE.forEach((context) => {
  if (context.state === "running" && !FREEZES) context.currentTime += seconds;
});
const wakeLock = {
  request() {
    ASKED += 1;
    if (REFUSES) return Promise.reject(new Error("NotAllowedError"));
    const got = { addEventListener(type, f) { got.end = f; } };
    LOCK = got;
    return Promise.resolve(got);
  },
};
const video = {
  paused: true, currentTime: 0,
  addEventListener(type, f) { video[type] = f; },
  pause() { video.paused = true; },
  play() {
    PLAYED += 1;
    if (REFUSES) return Promise.reject(new Error("NotAllowedError"));
    video.paused = false;
    return Promise.resolve();
  },
};
"""


class Browser:
    """One page with `made`, what `making` gives; `look` is called ten times a second."""

    def __init__(self, module: str, making: str, before: str = "") -> None:
        self._js = quickjs.Context()
        self._js.eval(PARTS + program(module) + before)
        self._js.eval(f"const made = {making};")

    def do(self, code: str) -> Any:
        """Run this, and all that it put off; return its value."""
        value = call(self._js, f"() => ({code})")
        while self._js.execute_pending_job():
            pass
        return value

    def wait(self, ms: int) -> None:
        for _ in range(ms // 100):
            self.do("NOW += 100, run_on(0.1)")
            self.do("made.look()")

    def shows(self, visible: bool) -> None:
        """Hide the page or show it again."""
        self.do(f"document.visibilityState = '{'visible' if visible else 'hidden'}'")
        self.do("ON.visibilitychange?.forEach((f) => f())")
