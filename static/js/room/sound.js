// The sound of this phone: one AudioContext, made in a tap and made anew whenever it fell silent for
// good (closed, interrupted, or running with a clock that stands still: iOS after a call).

import { sing, TONES } from "./tones.js";

const FROZEN_AFTER_MS = 2_000;
const LOOKS_WITHIN_MS = 500; // later than that the page itself stood still, and its sound with it
const TRY_EVERY_MS = 2_000;
const HUSH_S = 0.02;
const RISES_IN_S = 0.005;

/** @typedef {"off" | "on" | "blocked"} Sound off: no tap yet; blocked: the system lets nothing out */

/** @param {() => number} now ms */
export function make_sound(now) {
  /** @type {AudioContext | null} */
  let context = null;
  /** @type {GainNode | null} What is sounding. */
  let playing = null;
  let asked_at = Infinity;
  let tried_at = -Infinity;
  let last_time = -1;
  let moved_at = 0;
  let looked_at = 0;

  function build() {
    // @ts-ignore Safari's; before the context is made, or the silent switch mutes it.
    if (navigator.audioSession) navigator.audioSession.type = "playback";
    context = typeof AudioContext === "undefined" ? null : new AudioContext();
    asked_at = Infinity;
    last_time = -1;
    moved_at = now();
  }

  function rebuild() {
    context?.close().catch(() => {});
    playing = null;
    build();
    resume();
  }

  function resume() {
    tried_at = now();
    context?.resume().catch(() => {});
  }

  function is_frozen() {
    const time = context?.currentTime ?? 0;
    if (time !== last_time || now() - looked_at >= LOOKS_WITHIN_MS) moved_at = now();
    looked_at = now();
    last_time = time;
    return context?.state === "running" && now() - moved_at >= FROZEN_AFTER_MS;
  }

  /** In a tap. What a tap before could not wake is made anew. */
  function unlock() {
    if (context === null) build();
    else if (context.state === "closed" || (context.state !== "running" && now() - asked_at >= FROZEN_AFTER_MS)) rebuild();
    if (context === null || context.state === "running") return;
    asked_at = Math.min(asked_at, now());
    resume();
  }

  /** Call it often: heals what can be healed without a tap. @returns {Sound} */
  function look() {
    if (context === null) return "off";
    if (is_frozen()) rebuild();
    const state = /** @type {string} */ (context.state);
    if (state === "running") asked_at = Infinity;
    else if (now() - tried_at >= TRY_EVERY_MS && document.visibilityState === "visible") {
      if (state === "closed") rebuild();
      else resume();
    }
    return state === "running" ? "on" : "blocked";
  }

  function hush() {
    if (playing && context) playing.gain.setTargetAtTime(0, context.currentTime, HUSH_S);
    playing = null;
  }

  /** @param {string} name */
  function play(name) {
    if (context?.state !== "running" || !(name in TONES)) return;
    hush();
    playing = context.createGain();
    playing.connect(context.destination);
    sing(context, playing, name, context.currentTime + RISES_IN_S);
  }

  return { unlock, look, play, hush };
}
