// The tones, as a table. Each has its own shape, so that it is known with eyes shut: STOP goes up
// and down, EASE falls, GOOD rises softly, CONTACT LOST knocks three times, the end is a chord.
// STOP and CONTACT are rich in overtones: a phone's speaker gives little below 500 Hz, and an ear
// hears best at 3000.

/** Parts of the wave at 1, 2, 3 … times its frequency; a browser scales their sum to a peak of 1.
 * The phases of LOUD were found by search: under that peak they carry the most energy, 3.6 dB more.
 */
const LOUD = { sin: [1, -0.77, 0.49, 0.16, 0.41], cos: [0, 0.11, -0.61, -0.6, -0.4] };
const CLEAR = { sin: [1, 0.5, 0.4, 0.2], cos: [0, 0, 0, 0] };
const SOFT = { sin: [1, 0.25, 0.1], cos: [0, 0, 0] };

/** @typedef {[number, number, number, number]} Note Hz from, Hz to, start s, length s */
/** @typedef {{sin: number[], cos: number[]}} Wave */
/** @typedef {{wave: Wave, level: number, notes: Note[]}} Tone level: its peak, 1 at most */

/** @type {Record<string, Tone>} */
export const TONES = {
  stop: {
    wave: LOUD, level: 0.95,
    notes: [
      [988, 988, 0, 0.28], [659, 659, 0.28, 0.28], [988, 988, 0.56, 0.28], [659, 659, 0.84, 0.28],
    ],
  },
  pulse: { wave: SOFT, level: 0.16, notes: [[659, 659, 0, 0.12]] },
  ease: { wave: CLEAR, level: 0.55, notes: [[880, 440, 0, 0.7]] },
  good: { wave: SOFT, level: 0.22, notes: [[523, 659, 0, 0.4]] },
  contact: {
    wave: LOUD, level: 0.9,
    notes: [[1319, 1319, 0, 0.12], [1319, 1319, 0.24, 0.12], [1319, 1319, 0.48, 0.12]],
  },
  half: { wave: SOFT, level: 0.4, notes: [[784, 784, 0, 0.14], [784, 784, 0.24, 0.2]] },
  count: { wave: SOFT, level: 0.4, notes: [[1047, 1047, 0, 0.08]] },
  over: {
    wave: SOFT, level: 0.6,
    notes: [[523, 523, 0, 0.18], [659, 659, 0.18, 0.18], [784, 784, 0.36, 0.4]],
  },
};

/** Return how long a tone lasts. @param {string} name */
export function lasts_ms(name) {
  const ends = (TONES[name]?.notes ?? []).map(([, , at, length]) => at + length);
  return Math.round(1000 * Math.max(0, ...ends));
}
