// The queue of this phone's tones and words: one at a time, the more severe first; a newer message
// replaces an older one of its kind. Pure: step(state, input, now) -> [state, effects]. What is
// more urgent breaks in at once. The tone of a cue comes first, and its words once the tone has
// ended.

import { lasts_ms } from "./tones.js";

/** @import { Cue, Playing, Queue, QueueInput, Queued, Waiting } from "../shapes" */

export const OK = 0;
const GAP_MS = 60; // speak() right after cancel() can drop the words
const FRESH_MS = 8_000; // for what only informs: later it would be out of date
const TIMELY_MS = 300; // a count that comes late is a wrong count
const STARTS_WITHIN_MS = 1_500;
const FAILED_STARTS_WITHIN_MS = 500; // wait less for a voice that has failed before
const TOO_QUICK_MS = 100; // nothing can be said in less
const ENDS_WITHIN_MS = 20_000; // some voices never say that they have ended

/** @returns {Queue} */
export function queue() {
  return { current: null, waiting: [], n: 0, has_sound: true, has_voice: true, is_failed: false };
}

/** Return when it must be looked at again, or null. @param {Queue} state */
export const next_at = (state) => state.current?.until ?? null;

/** @param {Queue} state @param {QueueInput} input @param {number} now ms @returns {Queued} */
export function step(state, input, now) {
  switch (input.type) {
    case "cue": return asked(state, input.cue, now);
    case "tick": return ticked(state, now);
    case "has": return [{ ...state, has_sound: input.sound, has_voice: input.voice }, []];
    case "silence": return [{ ...state, current: null, waiting: [] }, [{ type: "hush" }]];
    case "started": case "ended": case "failed": return of_word(state, input, now);
    default: return [state, []];
  }
}

/** Take up what became of an utterance, if it is the current one.
 * @param {Queue} state @param {{type: "started" | "ended" | "failed", n: number}} news
 * @param {number} now @returns {Queued} */
function of_word(state, { type, n }, now) {
  const { current } = state;
  if (current?.stage !== "word" || current.n !== n) return [state, []];
  if (type === "started") {
    const on = { ...current, is_started: true, until: now + ENDS_WITHIN_MS };
    return [{ ...state, current: on }, []];
  }
  const is_failed = type === "failed" || now - current.began < TOO_QUICK_MS;
  return next({ ...state, is_failed }, now);
}

/** @param {Queue} state @param {Cue} cue @param {number} now @returns {Queued} */
function asked(state, cue, now) {
  const { current } = state;
  if (!cue.sound && !cue.key) return taken_back(state, cue.kind, now);
  // A cue that can't be played cuts nothing that can. If it only informs, it replaces what is old.
  const is_mute = !(cue.sound && state.has_sound) && !(cue.key && state.has_voice);
  if (is_mute) return cue.severity > OK ? [state, []] : taken_back(state, cue.kind, now);
  if (current && (cue.is_filler || is_same(current.cue, cue))) return [state, []];
  const stays = (/** @type {Waiting} */ w) =>
    w.cue.kind !== cue.kind && w.cue.severity >= cue.severity;
  const waiting = state.waiting.filter(stays);
  if (!current) return begin({ ...state, waiting }, cue, now, false);
  if (breaks_in(cue, current.cue)) {
    const [next_state, effects] = begin({ ...state, current: null, waiting }, cue, now, true);
    return [next_state, [{ type: "hush" }, ...effects]];
  }
  const place = waiting.findIndex((w) => w.cue.severity < cue.severity);
  waiting.splice(place < 0 ? waiting.length : place, 0, { cue, at: now });
  return [{ ...state, waiting }, []];
}

/** @param {Queue} state @param {string} kind @param {number} now @returns {Queued} */
function taken_back(state, kind, now) {
  const waiting = state.waiting.filter((w) => w.cue.kind !== kind);
  if (state.current?.cue.kind !== kind) return [{ ...state, waiting }, []];
  const [after, effects] = next({ ...state, waiting }, now, true);
  return [after, [{ type: "hush" }, ...effects]];
}

/** @param {Cue} a @param {Cue} b */
const is_same = (a, b) => a.kind === b.kind && a.sound === b.sound && a.key === b.key;

/** @param {Cue} cue @param {Cue} old */
const breaks_in = (cue, old) => cue.severity > old.severity || cue.kind === old.kind
  || (Boolean(cue.is_timely) && cue.severity === old.severity);

/** @param {Queue} state @param {Cue} cue @param {number} now @param {boolean} is_cut
 * @returns {Queued} */
function begin(state, cue, now, is_cut) {
  const { sound, key } = cue;
  const n = state.n + 1;
  if (sound && state.has_sound) {
    /** @type {Playing} */
    const current = { cue, n, stage: "tone", began: now, until: now + lasts_ms(sound) };
    return [{ ...state, n, current }, [{ type: "sound", name: sound }]];
  }
  if (!key || !state.has_voice) return next({ ...state, n }, now, is_cut);
  if (!is_cut) return speak({ ...state, n }, cue, key, n, now);
  /** @type {Playing} */
  const gap = { cue, n, stage: "gap", began: now, until: now + GAP_MS };
  return [{ ...state, n, current: gap }, []];
}

/** @param {Queue} state @param {Cue} cue @param {string} key @param {number} n @param {number} now
 * @returns {Queued} */
function speak(state, cue, key, n, now) {
  const patience = state.is_failed ? FAILED_STARTS_WITHIN_MS : STARTS_WITHIN_MS;
  /** @type {Playing} */
  const current = { cue, n, stage: "word", began: now, until: now + patience };
  return [{ ...state, current }, [{ type: "speak", n, key }]];
}

/** @param {Queue} state @param {number} now @returns {Queued} */
function ticked(state, now) {
  const { current } = state;
  if (!current || now < current.until) return [state, []];
  const { cue, n, stage } = current;
  if (stage === "word") {
    const is_silent = !current.is_started;
    const is_failed = state.is_failed || is_silent;
    const [after, effects] = next({ ...state, is_failed }, now, true);
    return [after, [{ type: "hush" }, ...effects]];
  }
  if (cue.key && state.has_voice) return speak(state, cue, cue.key, n, now);
  return next(state, now);
}

/** @param {Queue} state @param {number} now @param {boolean} [is_cut] @returns {Queued} */
function next(state, now, is_cut = false) {
  const is_fresh = (/** @type {Waiting} */ { cue, at }) =>
    cue.severity > OK || now - at < (cue.is_timely ? TIMELY_MS : FRESH_MS);
  const [first, ...waiting] = state.waiting.filter(is_fresh);
  if (!first) return [{ ...state, current: null, waiting: [] }, []];
  return begin({ ...state, current: null, waiting }, first.cue, now, is_cut);
}
