// Tones from oscillators. Unlocked by the first tap; each kind has a shape of its own, and STOP does
// not hurry the hands: two cycles, then a quiet pulse until it was answered.

/** [Hz from, Hz to, start s, length s, loudness] */
const TONES = {
  stop: [[880, 880, 0, 0.28, 0.9], [587, 587, 0.28, 0.28, 0.9], [880, 880, 0.56, 0.28, 0.9], [587, 587, 0.84, 0.28, 0.9]],
  pulse: [[587, 587, 0, 0.12, 0.25]],
  ease: [[660, 330, 0, 0.6, 0.7]],
  good: [[440, 523, 0, 0.35, 0.35]],
  contact: [[500, 500, 0, 0.15, 0.8], [500, 500, 0.25, 0.15, 0.8], [400, 400, 0.5, 0.4, 0.8]],
  over: [[523, 523, 0, 0.18, 0.5], [659, 659, 0.2, 0.18, 0.5], [784, 784, 0.4, 0.4, 0.5]],
  tick: [[740, 740, 0, 0.06, 0.3]],
};
const PULSE_EVERY_MS = 2_000;
const LOUD_AGAIN_AFTER_MS = 12_000;

export function make_sound() {
  /** @type {AudioContext | null} */
  let context = null;
  let alarm_since = 0;
  let pulsed_at = 0;
  let last_time = -1;

  function unlock() {
    if (navigator.audioSession) navigator.audioSession.type = "playback";
    if (context && (context.state === "closed" || is_frozen())) {
      context.close().catch(() => {});
      context = null;
    }
    context ??= typeof AudioContext === "undefined" ? null : new AudioContext();
    context?.resume().catch(() => {});
  }

  /** Running, and yet its clock stands still: iOS after an interruption. */
  function is_frozen() {
    const time = context?.currentTime ?? 0;
    const frozen = context?.state === "running" && time === last_time && time > 0;
    last_time = time;
    return frozen;
  }

  function play(/** @type {keyof typeof TONES} */ name) {
    if (context?.state !== "running") return;
    const start = context.currentTime + 0.01;
    for (const [from, to, at, length, loudness] of TONES[name]) {
      const tone = context.createOscillator();
      const gain = context.createGain();
      tone.type = name === "stop" || name === "contact" ? "square" : "sine";
      tone.frequency.setValueAtTime(from, start + at);
      tone.frequency.linearRampToValueAtTime(to, start + at + length);
      gain.gain.setValueAtTime(0, start + at);
      gain.gain.linearRampToValueAtTime(loudness * 0.5, start + at + 0.015);
      gain.gain.linearRampToValueAtTime(0, start + at + length);
      tone.connect(gain).connect(context.destination);
      tone.start(start + at);
      tone.stop(start + at + length);
    }
  }

  /** Keep the alarm up while a stop is not answered; call it often. */
  function alarm(/** @type {boolean} */ is_on, /** @type {number} */ now) {
    if (!is_on) {
      alarm_since = 0;
      return;
    }
    if (alarm_since === 0) {
      alarm_since = pulsed_at = now;
      play("stop");
    } else if (now - alarm_since >= LOUD_AGAIN_AFTER_MS) {
      alarm_since = pulsed_at = now;
      play("stop");
    } else if (now - pulsed_at >= PULSE_EVERY_MS) {
      pulsed_at = now;
      play("pulse");
    }
  }

  /** The three that matter, one after the other, to learn them and to set the volume. */
  function sample() {
    play("good");
    setTimeout(() => play("ease"), 900);
    setTimeout(() => play("stop"), 2_000);
  }

  return {
    unlock, play, alarm, sample,
    state: () => (context === null ? "off" : context.state === "running" ? "on" : "blocked"),
  };
}
