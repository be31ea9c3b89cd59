// The sound of this phone: one AudioContext, made in a tap, and made again whenever it has fallen
// silent for good (closed, interrupted, or running with a clock that stands still, as on iOS after
// a call).

import { attempt } from "../../browser.js";
import { is_visible } from "../life.js";
import { TONES } from "./tones.js";

const FROZEN_AFTER_MS = 2_000;
const LOOKS_WITHIN_MS = 500; // after a longer gap the page itself stood still, not its sound
const TRY_EVERY_MS = 2_000;
const HUSH_S = 0.02;
const BEGINS_IN_S = 0.005;
const RISE_S = 0.01; // so that the speaker does not click
const FALL_S = 0.04;

/** @typedef {"off" | "on" | "blocked"} Sound off: no tap yet; blocked: the system mutes it */

/** Make the sound of this page. @param {() => number} now ms */
export function make_sound(now) {
  /** @type {AudioContext | null} */
  let context = null;
  /** @type {GainNode | null} The tone that sounds now. */
  let playing = null;
  let asked_at = Infinity;
  let tried_at = -Infinity;
  let last_time = -1;
  let moved_at = 0;
  let looked_at = 0;
  let is_failed = false; // the last tone could not be played

  function build() {
    // Safari only. It must come before the context, or the silent switch mutes the sound.
    attempt("audioSession", () => {
      const safari = /** @type {{audioSession?: {type: string}} & Navigator} */ (navigator);
      if (safari.audioSession) safari.audioSession.type = "playback";
    });
    context = attempt("AudioContext", () => new AudioContext(), null);
    is_failed = false;
    asked_at = Infinity;
    last_time = -1;
    moved_at = now();
  }

  const state_of = () =>
    attempt("AudioContext.state", () => /** @type {string} */ (context?.state), "closed");

  function rebuild() {
    attempt("AudioContext.close", () => context?.close()?.catch(() => {}));
    playing = null;
    build();
    resume();
  }

  function resume() {
    tried_at = now();
    attempt("AudioContext.resume", () => context?.resume()?.catch(() => {}));
  }

  function is_frozen() {
    const time = attempt("currentTime", () => context?.currentTime, 0);
    if (time !== last_time || now() - looked_at >= LOOKS_WITHIN_MS) moved_at = now();
    looked_at = now();
    last_time = time;
    return state_of() === "running" && now() - moved_at >= FROZEN_AFTER_MS;
  }

  /** Called in a tap. A context that an earlier tap could not wake is made again. */
  function unlock() {
    const is_stuck = state_of() !== "running" && now() - asked_at >= FROZEN_AFTER_MS;
    if (context === null) build();
    else if (state_of() === "closed" || is_stuck) rebuild();
    if (context === null || state_of() === "running") return;
    asked_at = Math.min(asked_at, now());
    resume();
  }

  /** Return how the sound is, after repairing what can be repaired without a tap. Called often.
   * @returns {Sound} */
  function look() {
    if (context === null) return "off";
    if (is_frozen()) rebuild();
    const state = state_of();
    if (state === "running") asked_at = Infinity;
    else if (now() - tried_at >= TRY_EVERY_MS && is_visible()) {
      if (state === "closed") rebuild();
      else resume();
    }
    return state === "running" && !is_failed ? "on" : "blocked";
  }

  function hush() {
    attempt("hush", () => playing?.gain.setTargetAtTime(0, context?.currentTime ?? 0, HUSH_S));
    playing = null;
  }

  /** @param {string} name */
  function play(name) {
    const on = context;
    if (!on || state_of() !== "running" || !(name in TONES)) return;
    hush();
    is_failed = !attempt("tone", () => {
      const out = on.createGain();
      out.connect(on.destination);
      playing = out;
      return sing(on, out, name, on.currentTime + BEGINS_IN_S).length > 0;
    }, false);
    // After a failure close it: `look` makes another one.
    if (is_failed) attempt("AudioContext.close", () => on.close()?.catch(() => {}));
  }

  return { unlock, look, play, hush };
}

/** Schedule a tone in a context and return its sources, to be stopped if it is cut.
 * @param {BaseAudioContext} context @param {AudioNode} out @param {string} name
 * @param {number} start s */
export function sing(context, out, name, start) {
  const tone = TONES[name];
  if (!tone) return [];
  const { wave, level, notes } = tone;
  const cos = Float32Array.of(0, ...wave.cos), sin = Float32Array.of(0, ...wave.sin);
  const shape = context.createPeriodicWave(cos, sin);
  return notes.map(([from, to, at, length]) => {
    const source = context.createOscillator();
    const gain = context.createGain();
    const begins = start + at, ends = begins + length;
    source.setPeriodicWave(shape);
    source.frequency.setValueAtTime(from, begins);
    source.frequency.linearRampToValueAtTime(to, ends);
    gain.gain.setValueAtTime(0, begins);
    gain.gain.linearRampToValueAtTime(level, begins + RISE_S);
    gain.gain.setValueAtTime(level, ends - FALL_S);
    gain.gain.linearRampToValueAtTime(0, ends);
    source.connect(gain).connect(out);
    source.start(begins);
    source.stop(ends);
    return source;
  });
}
