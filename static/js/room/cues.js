// What is heard when the facts change. Pure: cues(before, facts) -> [{sound?, key?, kind, severity}].
// The partner's phone speaks; the client's sounds only its own taps, its own failures and STOP.

const OK = 0;
const EASE = 1;
const STOP = 2;

/** @typedef {{sound?: string, key?: string, kind: string, severity: number}} Cue */
/** @typedef {Record<string, string>} Facts */

/** @param {Facts} before @param {Facts} facts @param {Record<string, string>} slots @returns {Cue[]} */
export function cues(before, facts, slots) {
  const became = (/** @type {string} */ fact, /** @type {string[]} */ ...values) =>
    before[fact] !== facts[fact] && values.includes(facts[fact] ?? "");
  if (facts.role !== "client") return for_partner(became, facts, slots, before);
  return facts.one_phone === "yes" ? for_both(became, facts, slots, before) : for_client(became);
}

function for_client(became) {
  const list = [];
  if (became("lost", "yes")) list.push({ sound: "contact", kind: "contact", severity: EASE });
  if (became("say_it", "yes")) list.push({ key: "say_stop", kind: "stop", severity: STOP });
  return list;
}

/** One phone speaks to both: what the partner's would say, and who is to be heard. */
function for_both(became, facts, slots, before) {
  const list = for_partner(became, facts, slots, before);
  if (list.length > 0 || !became("phase", "positioning")) return list;
  return [{ key: "one_phone", kind: "state", severity: OK }];
}

function for_partner(became, facts, slots, before) {
  const way_down = `way_down:${facts.stretch}:${facts.side}`;
  if (became("severity", "stop") || became("drill", "tapped")) {
    return [{ key: "stop", kind: "stop", severity: STOP }];
  }
  if (became("lost", "yes")) return [{ sound: "contact", key: "contact", kind: "contact", severity: EASE }];
  if (facts.severity === "stop") return [];
  if (became("phase", "eased")) {
    if (facts.cause === "restarted") return [{ sound: "ease", key: "restarted", kind: "state", severity: EASE }];
    const is_asked = facts.cause === "asked" || facts.cause === "none";
    return [{ sound: "ease", key: is_asked ? "ease" : "contact", kind: "state", severity: EASE }];
  }
  if (became("over", "yes") || (became("phase", "releasing") && before.over !== "yes")) {
    return [{ sound: "over", key: way_down, kind: "state", severity: EASE }];
  }
  // A GOOD within the hold reassures; one that starts it is told by the hold that has started.
  const is_good = facts.phase === "holding" && before.good_alert !== undefined
    && facts.good_alert !== "none" && before.good_alert !== facts.good_alert;
  if (became("phase", "holding") || is_good) return [{ sound: "good", key: "good", kind: "state", severity: OK }];
  if (became("phase", "easing_in")) return [{ key: "start", kind: "state", severity: OK }];
  if (became("asking", "yes")) return [{ sound: "tick", key: "ask", kind: "state", severity: OK }];
  if (became("half", "yes") && facts.phase === "holding") {
    const question = `question:${facts.stretch}:${facts.question}`;
    return [{ key: "half", kind: "half", severity: OK }, { key: question, kind: "question", severity: OK }];
  }
  if (became("phase", "resting") && facts.change === "side") return [{ key: "switch", kind: "state", severity: OK }];
  if (facts.phase === "resting" && became("next_wish", "less", "same", "more")) {
    return [{ key: `rest_${facts.next_wish}`, kind: "wish", severity: OK }];
  }
  if (facts.phase === "resting" && became("felt", "no")) return [{ key: "felt_no", kind: "felt", severity: OK }];
  if (became("phase", "paused")) return [{ key: "paused", kind: "state", severity: OK }];
  if (became("phase", "ended")) return [{ key: "ended", kind: "state", severity: OK }];
  const count = { 3: "three", 2: "two", 1: "one" }[slots.remaining_s];
  const is_counting = facts.phase === "holding" && facts.over === "no" && facts.last3 === "yes";
  if (is_counting && before.counted !== count && count) {
    return [{ sound: "tick", key: count, kind: "count", severity: OK }];
  }
  return [];
}
