// A laptop or display that only looks on is silent: the partner's phone speaks, one voice at a
// time. A tap on it lets it play the tones that matter most across a room; it never speaks. Pure.

const SOUNDS = new Set(["stop", "pulse", "ease", "contact", "over"]);

/** @import { Cue } from "../shapes" */

/** @param {string} role */
export function looks_on(role) {
  return role === "display" || role === "host";
}

/** Return what is played of a cue there. A cue that takes something back stays as it is.
 * @param {Cue} cue @returns {Cue | null} */
export function quietly(cue) {
  if (!cue.sound) return cue.key ? null : cue;
  return SOUNDS.has(cue.sound) ? { ...cue, key: undefined } : null;
}
