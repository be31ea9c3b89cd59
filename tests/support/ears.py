"""What one phone lets be heard, on a clock that the test moves: the very queue.js and repeat.js of
phones, in QuickJS, with a voice that speaks, stays silent or fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.js import call, context

WORD_MS = 900
STARTS_MS = 40
EARS = """
let Q = M.queue.queue(), A = M.repeat.repeat(), BEFORE = {};
function put(input, now) {
  const [next, effects] = M.queue.step(Q, input, now);
  Q = next;
  return { effects, at: M.queue.next_at(Q), severity: Q.current?.cue.severity ?? 0 };
}
function look(facts, tapped_at, now) {
  const all = M.cues.cues(BEFORE, facts);
  const is_unseen = facts.say_it === "yes", is_on = M.cues.is_ringing(facts);
  const [next, effects] = M.repeat.step(A, { is_on, is_unseen, tapped_at }, now);
  A = next;
  BEFORE = facts;
  return [...all, ...effects.map((e) => e === "again" ? M.cues.again(facts) : M.cues.PULSE)];
}
"""


@dataclass
class Sounded:
    """One tone or one utterance: when it began, and when it was over or cut."""

    what: str
    name: str
    severity: int
    at: int
    until: int
    is_cut: bool = False


class Ears:
    """One phone's queue; `voice`: works, silent (says and tells nothing), fails, at_once."""

    def __init__(self, voice: str = "works") -> None:
        self.now = 0
        self.voice = voice
        self.heard: list[Sounded] = []
        self._events: list[tuple[int, str, int]] = []
        self._js = context()
        self._js.eval(EARS)
        self._at: int | None = None

    @property
    def state(self) -> dict[str, Any]:
        seen: dict[str, Any] = call(self._js, "() => Q")
        return seen

    def put(self, type: str, **fields: Any) -> None:
        """Hand the queue one input, and perform what it asks for."""
        answer = call(self._js, "put", {"type": type, **fields}, self.now)
        self._at = answer["at"]
        for effect in answer["effects"]:
            self._perform(effect, answer["severity"])

    def cue(self, kind: str = "state", severity: int = 0, **fields: Any) -> None:
        self.put("cue", cue={"kind": kind, "severity": severity, **fields})

    def look(self, facts: dict[str, str], touched_at: int = -1_000_000) -> None:
        """Let cues and repeating tone look at the facts, as player.js does with each picture."""
        for cue in call(self._js, "look", facts, touched_at, self.now):
            self.put("cue", cue=cue)

    def wait(self, ms: int) -> None:
        """Let time pass; the queue is ticked when it wants to be, the voice tells what it does."""
        end = self.now + ms
        while True:
            due = [at for at, _, _ in self._events] + ([] if self._at is None else [self._at])
            at = min(due, default=end + 1)
            if at > end:
                break
            self.now = max(self.now, at)
            ready = sorted(e for e in self._events if e[0] <= self.now)
            self._events = [e for e in self._events if e[0] > self.now]
            for _, what, n in ready:
                self.put(what, n=n)
            if self._at is not None and self._at <= self.now:
                self.put("tick")
        self.now = end

    def _perform(self, effect: dict[str, Any], severity: int) -> None:
        if effect["type"] == "hush":
            self._events = []
            for one in self.heard:
                if one.until > self.now:
                    one.until, one.is_cut = self.now, True
        elif effect["type"] == "sound":
            lasts = call(self._js, "M.tones.lasts_ms", effect["name"])
            self.heard.append(Sounded("tone", effect["name"], severity, self.now, self.now + lasts))
        else:
            self._speak(effect["n"], effect["key"], severity)

    def _speak(self, n: int, key: str, severity: int) -> None:
        now = self.now
        if self.voice == "works":
            self.heard.append(Sounded("word", key, severity, now, now + WORD_MS))
            self._events += [(now + STARTS_MS, "started", n), (now + WORD_MS, "ended", n)]
        elif self.voice == "fails":
            self._events.append((now + STARTS_MS, "failed", n))
        elif self.voice == "at_once":
            self._events.append((now + STARTS_MS, "ended", n))
