// The one loop of the page. What paints is what beats: a page that can be seen and whose newest
// picture is not on it is not live, and says nothing to the server. Each turn arms the next one first.

import { attempt } from "../../browser.js";

const EVERY_MS = 100; // without frames: hidden, or a browser that has none
const FRESH_MS = 250; // a beat vouches for a picture that is no older
const STUCK_AFTER_MS = 2_500; // as long as a silence of the server may last

/**
 * None of these may throw.
 * @typedef {object} Page
 * @property {() => number} now ms
 * @property {() => boolean} is_visible
 * @property {() => boolean} paint tells whether all of the newest picture is on the page
 * @property {() => string[]} alerts what of it nobody has said `seen` of yet
 * @property {(alerts: string[]) => void} shown a frame has shown them
 * @property {(is_live: boolean, is_stuck: boolean) => void} turn
 */

/** @param {Page} page */
export function start_loop({ now, is_visible, paint, alerts, shown, turn }) {
  let painted_at = now() - FRESH_MS; // nothing is live before it was once whole
  let has_frames = true;
  /** @type {string[]} In the picture of a frame that may still be on its way to the screen. */
  let drawn = [];

  const say = () => {
    if (drawn.length > 0) shown(drawn);
    drawn = [];
  };
  const look = (/** @type {boolean} */ counts) => {
    say();
    const is_whole = paint();
    // Of a hidden page nobody looks at the picture: it has to say that it is hidden.
    if ((is_whole && counts) || !is_visible()) painted_at = now();
    if (is_whole && counts && is_visible()) drawn = alerts();
    if (drawn.length > 0) attempt("setTimeout", () => setTimeout(say));
    const age_ms = now() - painted_at;
    turn(age_ms < FRESH_MS, age_ms >= STUCK_AFTER_MS);
  };
  const frame = () => {
    arm();
    look(true);
  };
  const arm = () => {
    has_frames = attempt("requestAnimationFrame", () => requestAnimationFrame(frame), 0) !== 0;
  };

  attempt("setInterval", () => setInterval(() => {
    if (!has_frames) arm();
    if (!has_frames || !is_visible() || now() - painted_at >= EVERY_MS) look(!has_frames);
  }, EVERY_MS));
  frame();
}
