// Plays everything that this phone plays: performs what cues.js, repeat.js and queue.js ask for,
// and keeps its person's choices. Silence lasts for one session: by next week nobody would remember
// it.

import { attempt } from "../../browser.js";
import { repeat, step as again_of } from "./repeat.js";
import { again, cues, HERE, is_ringing, own_tap, PULSE, sample } from "./cues.js";
import { keep, recall } from "../kept.js";
import { looks_on, quietly } from "./onlooker.js";
import { next_at, queue, step } from "./queue.js";
import { make_sound } from "./sound.js";
import { make_voice } from "./voice.js";

/** Used if this fails to start: it plays nothing, and says so. */
export const MUTE = {
  look: (/** @type {Record<string, string>} */ _) => {},
  own_tap: (/** @type {string} */ _, /** @type {object} */ __) => {},
  sample() {},
  unlock() {},
  sound: () => "blocked",
  facts: () => ({ voice: "no", hears: "voice", pace: "normal" }),
};

const READY_MS = 300; // until the browser lets sound out

/** Play for this page. @param {HTMLElement} root @param {() => number} now ms */
export function make_player(root, now) {
  const role = root.dataset.role ?? "";
  const is_onlooker = looks_on(role);
  const silence = `silent:${root.dataset.room}`;
  let is_here = !is_onlooker;
  const is_silent = recall(silence, "sessionStorage") === "yes";
  const chosen = is_silent ? "silent" : recall("hears") ?? "voice";
  let hears = is_onlooker ? "sounds" : chosen;
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
    if (at === null) return;
    const tick = () => run({ type: "tick" });
    timer = attempt("setTimeout", () => setTimeout(tick, at - now()), 0);
  }

  function perform(/** @type {import("../shapes").QueueEffect} */ effect) {
    if (effect.type === "sound") sound.play(effect.name);
    else if (effect.type === "speak") voice.speak(effect.n, effect.key, pace);
    else {
      sound.hush();
      voice.cancel();
    }
  }

  function play(/** @type {import("../shapes").Cue | null} */ cue) {
    if (is_onlooker) cue = cue && quietly(cue);
    if (!cue || !is_here || hears === "silent") return;
    run({ type: "cue", cue: cue.key && !voice.has(cue.key) ? { ...cue, key: undefined } : cue });
  }

  const has = () => {
    const can_speak = hears === "voice" && voice.can();
    run({ type: "has", sound: sound.look() === "on", voice: can_speak });
  };

  /** @param {string | undefined} likes @param {string | undefined} speed */
  function choose(likes, speed) {
    if (speed) keep("pace", (pace = speed));
    if (!likes) return;
    hears = likes;
    keep(silence, likes === "silent" ? "yes" : "no", "sessionStorage");
    if (likes === "silent") run({ type: "silence" });
    else keep("hears", likes);
    has(); // so that the sample, which follows, is played as chosen
  }

  /** Switch the sound of a laptop or display on or off; one soft note confirms it. */
  function here() {
    is_here = !is_here;
    if (!is_here) return run({ type: "silence" });
    sound.unlock();
    const confirm = () => is_here && run({ type: "cue", cue: HERE });
    attempt("setTimeout", () => setTimeout(confirm, READY_MS));
  }

  root.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    const { hears: likes, pace: speed } = button?.dataset ?? {};
    choose(likes, speed);
    if (likes || speed) sample(before).slice(0, 1).forEach(play); // so that the choice is heard
  });

  return {
    /** Look at the facts; called with every turn. */
    look(/** @type {Record<string, string>} */ facts) {
      has();
      run({ type: "tick" });
      cues(before, facts).forEach(play);
      const is_unseen = facts.say_it === "yes";
      const input = { is_on: is_ringing(facts), is_unseen, tapped_at: touched_at };
      const [next, effects] = again_of(repeated, input, now());
      repeated = next;
      for (const effect of effects) play(effect === "again" ? again(facts) : PULSE);
      before = facts;
    },
    /** @param {string} command @param {object} fields */
    own_tap: (command, fields) => play(own_tap(before, command, fields)),
    sample: () => (is_onlooker ? here() : sample(before).forEach(play)),
    /** Called in a tap: browsers let sound out only then. */
    unlock() {
      touched_at = now();
      if (is_here) sound.unlock();
      if (!is_onlooker) voice.unlock();
    },
    sound: () => (!is_here ? "off" : hears === "silent" ? "muted" : sound.look()),
    /** Return the facts for the page. */
    facts() {
      const failed = voice.can() && voice.is_there() ? (state.is_failed ? "failed" : "yes") : "no";
      return { voice: hears === "voice" ? failed : "off", hears, pace };
    },
  };
}
