// What to play when the facts change. Pure: cues(before, facts) -> [cue]; queue.js takes them up.
// The partner's phone speaks. The client's plays tones only: for its own taps, its own failures,
// and STOP.

const OK = 0;
const EASE = 1;
const STOP = 2;
const MOVE = /^\d$/;
/** @type {Facts} */
const COUNTED = { 3: "three", 2: "two", 1: "one" };

/** @import { Cue, Facts } from "../shapes" */
/**
 * Whether a fact has just become one of these values.
 * @typedef {(fact: string, ...values: string[]) => boolean} Became
 */

/** Whether this phone speaks: the partner's, or the only one there is. @param {Facts} facts */
const speaks = (facts) => facts.role !== "client" || facts.one_phone === "yes";

/** Whether a stop, or the drill of one, waits for its answer. @param {Facts} facts */
export function is_ringing(facts) {
  const is_drill = facts.phase === "warming_up" && ["tapped", "shown"].includes(facts.drill ?? "");
  return is_drill || (facts.severity === "stop" && facts.let_go !== "yes");
}

/** Return the cues of a change. @param {Facts} before @param {Facts} facts @returns {Cue[]} */
export function cues(before, facts) {
  /** @type {Became} */
  const became = (fact, ...values) =>
    before[fact] !== facts[fact] && values.includes(facts[fact] ?? "");
  const rings = is_ringing(facts) && !is_ringing(before);
  if (!speaks(facts)) return for_client(became, rings, facts);
  const calms = is_ringing(before) && !is_ringing(facts);
  const list = [...(calms ? taken_back() : []), ...for_partner(became, rings, facts, before)];
  const is_next = facts.one_phone === "yes" && list.length === 0 && became("phase", "positioning");
  return is_next ? [{ key: "one_phone", kind: "state", severity: OK }] : list;
}

const stop_cue = (/** @type {string | undefined} */ key) =>
  ({ sound: "stop", key, kind: "stop", severity: STOP, is_timely: true });

/** Return the cue of a stop that was not shown or answered. @param {Facts} facts @returns {Cue} */
export function again(facts) {
  const key = speaks(facts) ? "stop" : facts.say_it === "yes" ? "say_stop" : undefined;
  return { sound: "stop", key, kind: "again", severity: STOP };
}

/** Reminds without hurrying the hands: played only into silence. @type {Cue} */
export const PULSE = { sound: "pulse", kind: "pulse", severity: OK, is_filler: true };

/** The answer to a display or laptop that was just allowed to sound. @type {Cue} */
export const HERE = { sound: "count", kind: "state", severity: OK };

/** Return the cue of this phone's own tap: played at once, whatever the network does.
 * @param {Facts} facts @param {string} command @param {object} fields @returns {Cue | null} */
export function own_tap(facts, command, fields) {
  const is_detail = Object.keys(fields).length > 0; // telling more of a pain
  const is_stop = ["stop", "pain"].includes(command) && !is_detail;
  if (is_stop) return stop_cue(speaks(facts) ? "stop" : undefined);
  const kind = speaks(facts) ? "state" : "tap"; // as "state", the words that follow replace it
  if (command === "ease") return { sound: "ease", kind, severity: EASE };
  return command === "good" ? { sound: "good", kind, severity: OK } : null;
}

/** Return the three tones that matter, to learn them and to set the volume.
 * @param {Facts} facts @returns {Cue[]} */
export function sample(facts) {
  const key = speaks(facts) ? "good" : undefined;
  return [{ sound: "good", key }, { sound: "ease" }, { sound: "stop" }]
    .map((one) => ({ ...one, kind: `sample_${one.sound}`, severity: OK }));
}

/** They're resting: take back what is still to be said about the stop. */
const taken_back = () => ["stop", "way_back", "again"].map((kind) => ({ kind, severity: STOP }));

/** @param {Became} became @param {boolean} rings @param {Facts} facts @returns {Cue[]} */
function for_client(became, rings, facts) {
  if (rings) return [stop_cue(undefined)];
  if (became("say_it", "yes")) return [{ key: "say_stop", kind: "say", severity: STOP }];
  const is_lost = became("lost", "yes") && facts.severity !== "stop";
  return is_lost ? [{ sound: "contact", kind: "contact", severity: EASE }] : [];
}

/** @param {Became} became @param {boolean} rings @param {Facts} facts @param {Facts} before
 * @returns {Cue[]} */
function for_partner(became, rings, facts, before) {
  /** @param {string} key @param {number} severity @param {string | undefined} sound */
  const state = (key, severity = OK, sound = undefined) =>
    [{ sound, key, kind: "state", severity }];
  const way_back = `way_back:${facts.stretch}:${facts.side}`;
  if (rings) {
    const is_up = before.hands_on === "yes" || facts.hands_on === "yes";
    const words = { key: way_back, kind: "way_back", severity: STOP };
    return [stop_cue("stop"), ...(is_up ? [words] : [])];
  }
  if (facts.severity === "stop") return [];
  if (became("lost", "yes")) {
    return [{ sound: "contact", key: "contact", kind: "contact", severity: EASE }];
  }
  if (became("phase", "eased")) {
    if (facts.cause === "restarted") return state("restarted", EASE, "ease");
    const is_asked = facts.cause === "asked" || facts.cause === "none";
    return is_asked ? state("ease", EASE, "ease") : state("contact", EASE, "contact");
  }
  if (became("over", "yes") || (became("phase", "releasing") && before.over !== "yes")) {
    return state(way_back, EASE, "over");
  }
  // A GOOD during the hold reassures. The GOOD that starts it is told by the new phase.
  const is_good = facts.phase === "holding" && before.good_alert !== undefined
    && facts.good_alert !== "none" && before.good_alert !== facts.good_alert;
  if (became("phase", "holding") || is_good) return state("good", OK, "good");
  if (became("phase", "easing_in")) return state("start", OK, "count");
  if (became("asking", "yes")) return state("ask", OK, "count");
  if (became("half", "yes") && facts.phase === "holding") {
    const question = `question:${facts.stretch}:${facts.question}`;
    return [
      { sound: "half", key: "half", kind: "half", severity: OK },
      { key: question, kind: "question", severity: OK },
    ];
  }
  if (before.move !== facts.move && MOVE.test(facts.move ?? "")) return state(`move:${facts.move}`);
  if (became("phase", "resting") && facts.change === "side") return state("switch");
  if (facts.phase === "resting" && became("next_wish", "less", "same", "more")) {
    return [{ key: `rest_${facts.next_wish}`, kind: "wish", severity: OK }];
  }
  if (facts.phase === "resting" && became("felt", "no")) {
    return [{ key: "felt_no", kind: "felt", severity: OK }];
  }
  if (became("phase", "paused")) return state("paused");
  if (became("phase", "ended")) return state("ended");
  if (facts.phase === "holding" && facts.over === "no" && became("count", "3", "2", "1")) {
    const key = COUNTED[facts.count ?? ""];
    return [{ sound: "count", key, kind: "count", severity: OK, is_timely: true }];
  }
  return [];
}
