"""Each tone is known with eyes shut, and loud enough: rendered by the browser, and measured."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import log2, log10
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.support.serving import Served

pytestmark = pytest.mark.browser
WINDOW_MS = 40
DIFFERENT = 0.4  # of an octave, on average
# Renders each tone; gives its peak, its power in some ranges, and for every 40 ms the strongest
# frequency, or 0 where it is silent.
MEASURE = """async (window_ms) => {
  const asset = document.querySelector('link[href*="/static/"]').href;
  const folder = asset.replace(/(\\/static\\/[^/]+\\/).*/, "$1js/room/sound");
  const tones = await import(`${folder}/tones.js`), { sing } = await import(`${folder}/sound.js`);
  const rate = 44100, size = 4096, step = Math.round(rate * window_ms / 1000);
  const spectrum = (samples, from) => {
    const re = new Float64Array(size), im = new Float64Array(size);
    for (let i = 0; i < step; i++) {
      re[i] = (samples[from + i] ?? 0) * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / step));
    }
    for (let i = 1, j = 0; i < size; i++) {
      let bit = size >> 1;
      for (; j & bit; bit >>= 1) j ^= bit;
      j ^= bit;
      if (i < j) [re[i], re[j]] = [re[j], re[i]];
    }
    for (let length = 2; length <= size; length <<= 1) {
      for (let k = 0; k < length / 2; k++) {
        const c = Math.cos((2 * Math.PI * k) / length), s = -Math.sin((2 * Math.PI * k) / length);
        for (let i = k; i < size; i += length) {
          const j = i + length / 2, x = re[j] * c - im[j] * s, y = re[j] * s + im[j] * c;
          re[j] = re[i] - x; im[j] = im[i] - y; re[i] += x; im[i] += y;
        }
      }
    }
    return Array.from({ length: size / 2 }, (_, i) => re[i] ** 2 + im[i] ** 2);
  };
  const found = {};
  for (const name of Object.keys(tones.TONES)) {
    const lasts = Math.ceil((rate * tones.lasts_ms(name)) / 1000);
    const context = new OfflineAudioContext(1, lasts, rate);
    sing(context, context.destination, name, 0);
    const samples = (await context.startRendering()).getChannelData(0);
    const course = [], power = { all: 0, speaker: 0, bright: 0 };
    for (let from = 0; from + step <= lasts; from += step) {
      const bins = spectrum(samples, from), hz = (i) => (i * rate) / size;
      const best = bins.indexOf(Math.max(...bins));
      const loud = samples.slice(from, from + step).reduce((sum, x) => sum + x * x, 0) / step;
      course.push(loud < 1e-4 ? 0 : hz(best));
      bins.forEach((value, i) => {
        power.all += value;
        if (hz(i) >= 500 && hz(i) <= 4000) power.speaker += value;
        if (hz(i) >= 1200 && hz(i) <= 4000) power.bright += value;
      });
    }
    const squares = samples.reduce((sum, x) => sum + x * x, 0) / lasts;
    const peak = samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    found[name] = { course, power, peak, rms: Math.sqrt(squares), lasts_ms: tones.lasts_ms(name) };
  }
  return found;
}"""


@dataclass(frozen=True)
class Measured:
    """One tone as it comes out; `course` in Hz for each window, 0 where it is silent."""

    course: list[float]
    power: dict[str, float]
    peak: float
    rms: float
    lasts_ms: int

    def steps(self) -> list[int]:
        """Which notes follow each other, to the nearest 50 Hz; 0 is a pause."""
        near = [round(hz / 50) * 50 for hz in self.course]
        return [one for i, one in enumerate(near) if i == 0 or one != near[i - 1]]


def difference(one: Measured, other: Measured) -> float:
    """How unlike two courses are: octaves apart on average, a pause against a note counts one."""
    longest = max(len(one.course), len(other.course))
    pairs = zip(
        one.course + [0.0] * (longest - len(one.course)),
        other.course + [0.0] * (longest - len(other.course)),
        strict=True,
    )
    apart = [min(1.0, abs(log2(a / b))) if a and b else float(bool(a) != bool(b)) for a, b in pairs]
    return sum(apart) / longest


async def test_every_tone_is_known_with_eyes_shut_and_stop_is_the_loudest(
    served: Served, launched: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    page = await launched.new_page()
    await page.goto(served.url)
    raw: dict[str, Any] = await page.evaluate(MEASURE, WINDOW_MS)
    await page.close()
    tones = {name: Measured(**values) for name, values in raw.items()}
    assert set(tones) == {"stop", "pulse", "ease", "good", "contact", "half", "count", "over"}
    pairs = combinations(tones.items(), 2)
    assert [(a, b) for (a, one), (b, two) in pairs if difference(one, two) < DIFFERENT] == []
    assert tones["stop"].steps() == [1000, 650, 1000, 650]
    assert tones["contact"].steps() == [1300, 0, 1300, 0, 1300]
    ease, good, over = (tones[name].steps() for name in ("ease", "good", "over"))
    assert ease == sorted(ease, reverse=True) and ease[0] >= 2 * ease[-1] - 100
    assert good == sorted(good) and good[-1] > good[0]
    assert over == [550, 650, 800]
    for name in ("stop", "contact"):
        assert 0.85 <= tones[name].peak <= 1
        assert all(500 <= hz <= 4000 for hz in tones[name].course if hz)
        assert tones[name].power["speaker"] >= 0.7 * tones[name].power["all"]
        assert tones[name].power["bright"] >= 0.4 * tones[name].power["all"]
    louder_db = 20 * log10(tones["stop"].rms / tones["good"].rms)
    with capsys.disabled():
        print(f"\nSTOP: peak {tones['stop'].peak:.2f}, {louder_db:.1f} dB over GOOD (at least 12)")
    assert louder_db >= 12
    assert tones["pulse"].rms < tones["good"].rms  # it must not hurry the hands
    assert tones["stop"].rms == max(tone.rms for tone in tones.values())
