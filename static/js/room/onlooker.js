// Who only looks on, a laptop or a display, is silent: the partner's phone speaks, one voice at a time.
// One tap there lets it sound what matters most across a room; it never speaks.

const SOUNDS = new Set(["stop", "ease", "contact", "over"]);
const READY_MS = 300; // for the sound to be let loose

/** @param {string} role */
export function looks_on(role) {
  return role === "display" || role === "host";
}

/**
 * @template {{unlock: () => void, play: (name: any) => void, alarm: (is_on: boolean, now: number) => void, sample: () => void, state: () => string}} Sound
 * @template {{unlock: () => void, say: (spoken: any) => void}} Voice
 * @param {string} role @param {Sound} sound @param {Voice} voice
 */
export function quietly(role, sound, voice) {
  if (!looks_on(role)) return { sound, voice };
  let is_on = false;
  return {
    voice: { ...voice, unlock() {}, say() {} },
    sound: {
      ...sound,
      unlock() {},
      play: (/** @type {string} */ name) => is_on && SOUNDS.has(name) && sound.play(name),
      alarm: (/** @type {boolean} */ is_alarm, /** @type {number} */ now) => sound.alarm(is_on && is_alarm, now),
      /** The button: sound here, or no more; one soft note says that it is heard. */
      sample() {
        is_on = !is_on;
        if (!is_on) return;
        sound.unlock();
        setTimeout(() => sound.play("tick"), READY_MS);
      },
      state: () => (is_on ? sound.state() : "off"),
    },
  };
}
