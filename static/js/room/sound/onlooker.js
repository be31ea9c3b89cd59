// Who only looks on, a laptop or a display, is silent: the partner's phone speaks, one voice at a time.
// One tap there lets it sound what matters most across a room; it never speaks. Pure.

const SOUNDS = new Set(["stop", "pulse", "ease", "contact", "over"]);

/** @import { Cue } from "../shapes" */

/** @param {string} role */
export function looks_on(role) {
  return role === "display" || role === "host";
}

/** What of a cue is heard there; what takes something back stays as it is. @param {Cue} cue @returns {Cue | null} */
export function quietly(cue) {
  if (!cue.sound) return cue.key ? null : cue;
  return SOUNDS.has(cue.sound) ? { ...cue, key: undefined } : null;
}
