"""What a page lets be heard: tones and words are written down instead, with their times.

The voice is one as phones have it: its voices load late, one of them lives in a network, and what is
spoken in the turn of a cancel() is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.async_api import BrowserContext

from tests.support.js import call, context

RECORD = """(() => {
  const tell = (what, name, more = {}) =>
    globalThis.tell_heard?.({ what, name, at: Date.now(), ...more });
  let notes = [];
  const param = (note, which) => ({
    setValueAtTime(value) { if (which) note[which] ??= value; },
    linearRampToValueAtTime(value) { if (which) note.to = value; },
    setTargetAtTime() { tell("hush", ""); },
  });
  const node = (more = {}) => ({ connect: (next) => next, ...more });
  globalThis.AudioContext = class extends EventTarget {
    state = "suspended";
    destination = node();
    get currentTime() { return performance.now() / 1000; }
    async resume() { this.state = "running"; }
    async close() { this.state = "closed"; }
    createPeriodicWave() { return {}; }
    createGain() { return node({ gain: param({}, "") }); }
    createOscillator() {
      const note = {};
      return node({
        frequency: param(note, "from"), setPeriodicWave() {}, stop() {},
        start() {
          if (notes.length === 0) queueMicrotask(() => { tell("tone", "", { notes }); notes = []; });
          notes.push([note.from, note.to]);
        },
      });
    }
  };
  let loaded = false, is_cancelled = false, timer = 0, listeners = [];
  const voices = [
    { lang: "en-US", localService: false, name: "far" }, { lang: "de-DE", localService: true, name: "fremd" },
    { lang: "en-GB", localService: true, name: "near" },
  ];
  globalThis.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  const synth = {
    speaking: false, pending: false, mode: "works",
    getVoices: () => (loaded ? voices : []),
    addEventListener: (_, listener) => listeners.push(listener),
    speak(utterance) {
      if (utterance.text.trim() === "") return;
      if (is_cancelled) return tell("dropped", utterance.text);
      if (this.speaking) tell("second voice", utterance.text);
      if (this.mode === "silent") return;
      if (this.mode === "fails") return void setTimeout(() => utterance.onerror({}));
      this.speaking = true;
      tell("word", utterance.text, { voice: utterance.voice?.name, rate: utterance.rate });
      setTimeout(() => utterance.onstart?.({}));
      timer = setTimeout(() => {
        this.speaking = false;
        tell("said", utterance.text);
        utterance.onend?.({});
      }, Math.min(900, 40 * utterance.text.split(" ").length + 60));
    },
    cancel() {
      if (this.speaking) tell("cut", "");
      this.speaking = false;
      is_cancelled = true;
      setTimeout(() => { is_cancelled = false; });
      clearTimeout(timer);
    },
  };
  Object.defineProperty(globalThis, "speechSynthesis", { value: synth, configurable: true });
  setTimeout(() => { loaded = true; listeners.forEach((listener) => listener()); }, 200);
  addEventListener("DOMContentLoaded", () => {
    const room = document.getElementById("room");
    if (!room) return;
    const look = () => tell("phase", room.dataset.phase);
    new MutationObserver(look).observe(room, { attributeFilter: ["data-phase"] });
  });
})();"""


@dataclass(frozen=True)
class Told:
    """One line of what a page said: `at_ms` of the wall clock, the same for both phones."""

    role: str
    at_ms: float
    what: str
    name: str
    more: dict[str, Any]


def names_of_tones() -> dict[str, str]:
    """Give the name of each tone by its notes."""
    tones = call(context(), "() => M.tones.TONES")
    return {str([note[:2] for note in tone["notes"]]): name for name, tone in tones.items()}


class Heard:
    """Everything that both phones let be heard, in order, over reloads too."""

    def __init__(self) -> None:
        self.lines: list[Told] = []
        self._tones = names_of_tones()

    async def listen(self, role: str, phone: BrowserContext) -> None:
        """Write down what this phone sounds; before its first page."""

        def told(_: object, line: dict[str, Any]) -> None:
            name = line["name"] or self._tones.get(str(line.get("notes")), "")
            self.lines.append(Told(role, line["at"], line["what"], name, line))

        await phone.expose_binding("tell_heard", told)
        await phone.add_init_script(RECORD)

    def of(self, role: str, *what: str) -> list[Told]:
        return [one for one in self.lines if one.role == role and one.what in what]

    def two_at_once(self) -> list[str]:
        """List where a voice began while one was speaking, on either phone."""
        found, speaking = [], ""
        for one in sorted(self.lines, key=lambda line: line.at_ms):
            if one.what == "word":
                found += [f"{speaking} / {one.role}: {one.name}"] if speaking else []
                speaking = f"{one.role}: {one.name}"
            elif one.what in ("said", "cut") and speaking.startswith(one.role):
                speaking = ""
        return found
