// All that this phone lets be heard: performs what cues.js, repeat.js and queue.js ask for, and keeps
// what its person likes. Silence is chosen for one session: next week nobody would remember it.

import { attempt } from "../../browser.js";
import { repeat, step as again_of } from "./repeat.js";
import { again, cues, HERE, is_ringing, own_tap, PULSE, sample } from "./cues.js";
import { keep, recall } from "../kept.js";
import { looks_on, quietly } from "./onlooker.js";
import { next_at, queue, step } from "./queue.js";
import { make_sound } from "./sound.js";
import { make_voice } from "./voice.js";

/** Of a page that sounds nothing: it says so. */
export const MUTE = {
  look: (/** @type {Record<string, string>} */ _) => {},
  own_tap: (/** @type {string} */ _, /** @type {object} */ __) => {},
  sample() {},
  unlock() {},
  sound: () => "blocked",
  facts: () => ({ voice: "no", hears: "voice", pace: "normal" }),
};

const READY_MS = 300; // for the sound to be let loose

/** @param {HTMLElement} root @param {() => number} now ms */
export function make_player(root, now) {
  const role = root.dataset.role ?? "";
  const is_onlooker = looks_on(role);
  const silence = `silent:${root.dataset.room}`;
  let is_here = !is_onlooker;
  let hears = is_onlooker ? "sounds" : recall(silence, "sessionStorage") === "yes" ? "silent" : (recall("hears") ?? "voice");
  let pace = recall("pace") ?? "normal";
  let state = queue();
  let repeated = repeat();
  let touched_at = -Infinity;
  let timer = 0;
  /** @type {Record<string, string>} */
  let before = { role };
  const sound = make_sound(now);
  const voice = make_voice(document, (type, n) => run({ type, n }));

  function run(/** @type {import("../shapes").QueueInput} */ input) {
    const due = next_at(state);
    const [next, effects] = step(state, input, now());
    state = next;
    for (const effect of effects) attempt(effect.type, () => perform(effect));
    const at = next_at(state);
    if (at === due) return;
    attempt("clearTimeout", () => clearTimeout(timer));
    if (at !== null) timer = attempt("setTimeout", () => setTimeout(() => run({ type: "tick" }), at - now()), 0);
  }

  function perform(/** @type {import("../shapes").QueueEffect} */ effect) {
    if (effect.type === "sound") sound.play(effect.name);
    else if (effect.type === "speak") voice.speak(effect.n, effect.key, pace);
    else {
      sound.hush();
      voice.cancel();
    }
  }

  function hear(/** @type {import("../shapes").Cue | null} */ cue) {
    if (is_onlooker) cue = cue && quietly(cue);
    if (!cue || !is_here || hears === "silent") return;
    run({ type: "cue", cue: cue.key && !voice.has(cue.key) ? { ...cue, key: undefined } : cue });
  }

  const has = () => run({ type: "has", sound: sound.look() === "on", voice: hears === "voice" && voice.can() });

  function choose(/** @type {string | undefined} */ likes, /** @type {string | undefined} */ speed) {
    if (speed) keep("pace", (pace = speed));
    if (!likes) return;
    hears = likes;
    keep(silence, likes === "silent" ? "yes" : "no", "sessionStorage");
    if (likes === "silent") run({ type: "silence" });
    else keep("hears", likes);
    has(); // what is heard next, the sample, is heard as chosen
  }

  /** The button of who looks on: sound here, or no more; one soft note says that it is heard. */
  function here() {
    is_here = !is_here;
    if (!is_here) return run({ type: "silence" });
    sound.unlock();
    attempt("setTimeout", () => setTimeout(() => is_here && run({ type: "cue", cue: HERE }), READY_MS));
  }

  root.addEventListener("click", (event) => {
    const { hears: likes, pace: speed } = /** @type {HTMLElement} */ (event.target).closest("button")?.dataset ?? {};
    choose(likes, speed);
    if (likes || speed) sample(before).slice(0, 1).forEach(hear); // so that it is known at once
  });

  return {
    /** Look at the facts; call it with every turn. */
    look(/** @type {Record<string, string>} */ facts) {
      has();
      run({ type: "tick" });
      cues(before, facts).forEach(hear);
      const input = { is_on: is_ringing(facts), is_unseen: facts.say_it === "yes", tapped_at: touched_at };
      const [next, effects] = again_of(repeated, input, now());
      repeated = next;
      for (const effect of effects) hear(effect === "again" ? again(facts) : PULSE);
      before = facts;
    },
    own_tap: (/** @type {string} */ command, /** @type {object} */ fields) => hear(own_tap(before, command, fields)),
    sample: () => (is_onlooker ? here() : sample(before).forEach(hear)),
    /** In a tap: what the system lets out only then. */
    unlock() {
      touched_at = now();
      if (is_here) sound.unlock();
      if (!is_onlooker) voice.unlock();
    },
    sound: () => (!is_here ? "off" : hears === "silent" ? "muted" : sound.look()),
    /** What the page says of it. */
    facts() {
      const failed = voice.can() && voice.is_there() ? (state.is_failed ? "failed" : "yes") : "no";
      return { voice: hears === "voice" ? failed : "off", hears, pace };
    },
  };
}
