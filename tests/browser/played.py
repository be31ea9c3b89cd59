"""What a page plays: tones and words are written down instead, with their times.

The voice is as phones have it: its voices load late, one of them lives in a network, and what is
spoken in the turn of a cancel() is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.async_api import BrowserContext

from tests.support.js import call, context

RECORD = """(() => {
  const tell = (what, name, more = {}) =>
    globalThis.tell_played?.({ what, name, at: Date.now(), ...more });
  tell("loaded", "");
  let notes = [];
  const played = () => {
    tell("tone", "", { notes });
    notes = [];
  };
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
          if (notes.length === 0) queueMicrotask(played);
          notes.push([note.from, note.to]);
        },
      });
    }
  };
  let loaded = false, is_cancelled = false, timer = 0, turn = 0, listeners = [];
  const voices = [
    { lang: "en-US", localService: false, name: "far" },
    { lang: "de-DE", localService: true, name: "fremd" },
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
      const { text, rate, voice } = utterance;
      const mine = ++turn;
      queueMicrotask(() => mine === turn && tell("word", text, { rate, voice: voice?.name }));
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
      turn += 1;
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


WRONG = ("dropped", "second voice")
BEGINS = {
    "start": "Slowly. On", "good": "Good. Stay",
    "ease": "A little less. Wait", "contact": "A little less. Ask",
    "half": "Half.", "ask": "Ask:", "3": "Three", "2": "Two", "1": "One", "stop": "Stop.",
    "switch": "Switch", "wish": "Next time", "end": "That's it.",
    "move": "March.",
}  # fmt: skip


def key_of(text: str) -> str:
    """Return the short name of what was said; a stretch's own words are its way back."""
    return next((key for key, start in BEGINS.items() if text.startswith(start)), "way back")


@dataclass(frozen=True)
class Told:
    """One line of what a page said: `at_ms` of the wall clock, the same for both phones."""

    role: str
    at_ms: float
    what: str
    name: str
    more: dict[str, Any]


def names_of_tones() -> dict[str, str]:
    """Return the name of each tone by its notes."""
    tones = call(context(), "() => M.tones.TONES")
    return {str([note[:2] for note in tone["notes"]]): name for name, tone in tones.items()}


class Played:
    """Everything that both phones play, in order, over reloads too."""

    def __init__(self) -> None:
        self.lines: list[Told] = []
        self._tones = names_of_tones()

    async def listen(self, role: str, phone: BrowserContext) -> None:
        """Write down what this phone sounds; before its first page."""

        def told(_: object, line: dict[str, Any]) -> None:
            name = line["name"] or self._tones.get(str(line.get("notes")), "")
            self.lines.append(Told(role, line["at"], line["what"], name, line))

        await phone.expose_binding("tell_played", told)
        await phone.add_init_script(RECORD)

    def of(self, role: str, *what: str) -> list[Told]:
        return [one for one in self.lines if one.role == role and one.what in what]

    def two_at_once(self) -> list[str]:
        """List where a voice began while one was speaking, on either phone.

        "Stop" of the client's is left out: it says it where the partner's seems to say nothing.
        """
        found, speaking = [], ""
        for one in sorted(self.lines, key=lambda line: line.at_ms):
            if one.what == "word" and one.role == "partner":
                found += [f"{speaking} / {one.name}"] if speaking else []
                speaking = one.name
            elif one.what in ("said", "cut", "loaded") and one.role == "partner":
                speaking = ""
        spoken = {one.name for one in self.of("client", "word")} - {"Stop"}
        return found + sorted(spoken) + [one.name for one in self.lines if one.what in WRONG]

    def script(self, role: str) -> list[str]:
        """Return what was played, in order, without what depends on the speed of the machine.

        That is a pulse, a reminder, words that a stop or an ease cut short, and the client's own
        "Stop" where the partner's phone takes its time to show one.
        """
        told: list[str] = []
        for one in self.of(role, "tone", "word"):
            if (one.role, one.what, one.name) == ("client", "word", "Stop"):
                continue
            name = one.name if one.what == "tone" else f'"{key_of(one.name)}"'
            is_cut = name in ("ease", "stop") and told[-1:] == ['"good"']
            told = told[:-1] if is_cut else told
            is_of_a_stop = told[-1:] == ["stop"] and name in ('"stop"', '"way back"')
            if name != "pulse" and told[-1:] != [name] and not is_of_a_stop:
                told.append(name)
        return told
