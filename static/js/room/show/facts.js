// Everything that the page shows depends on these: facts (words to select on) and slots (numbers
// and ids to fill in). Pure: facts({link, failsafe, voice, thumb}, now) -> {facts, slots, ring}.

import { BEFORE_STRETCHES, PUSHING, SHOWN_WITHIN_MS, WEAK_AFTER_MS } from "../constants.js";
import { last_good } from "../link/alerts.js";
import { clock, is_asking, remaining_ms, ring, seconds, stays_ms } from "../link/countdown.js";
import { trouble_of } from "../link/diagnose.js";
import {
  is_eased, is_hands_on, is_one_phone, shows_way_back, SILENT_AFTER_MS, worst,
} from "../link/failsafe.js";
import { seats } from "./seats.js";
import { alert_severity, kinds_said, own_severity } from "../link/urgent.js";
import { move_of } from "./warm_up.js";

/** @import { Done, Facts, Failsafe, Link, Looks, Picture, Slots } from "../shapes" */
/** @import { StateTold, StopTold, TimerTold } from "../told" */

const TENSE_MS = 100; // from one look to the next
const SHOWS_FATE_MS = 4_000;
const SHOWS_REFUSAL_MS = 4_000;
const SHOWS_SHORT_MS = 2_500;
const SHOWS_SAMPLED_MS = 6_000;
const LOOKS = { handed: "right", pacer: "off" };
const BEFORE = [...BEFORE_STRETCHES, "ended", "connecting"];
const FIRST_CUE_MS = 6_000;
const CUE_MS = 7_000;
const ROOMY_MS = 5_000; // with less left, nobody is told to walk round
const CUES = 12; // divisible by 2, 3 and 4: so many cues of a stretch take equal turns
const FIRST_END_AFTER_POSITIONING = 3; // lobby is phase 0, warming up 1, positioning 2
const BREATH_MS = 10_000;
const BREATH_IN_MS = 4_000;
const yes = (/** @type {unknown} */ value) => (value ? "yes" : "no");

/** Return the picture. @param {Looks} looks @param {number} now ms @returns {Picture} */
export function facts({
  link, failsafe, voice = "yes", hears = "voice", pace = "normal", thumb = "off",
  is_stuck = false, looks = LOOKS, done = {},
}, now) {
  const server = link.server;
  const own = { role: link.role, voice, hears, pace, thumb, ...looks, ...just_done(done, now) };
  const base = { ...local(link, failsafe, now), ...own };
  if (is_stuck) base.lost = "yes"; // an old picture means lost contact, whatever the socket hears
  if (!server || ["moved", "gone", "deleted"].includes(link.bye ?? "")) {
    const none = {
      display: "no", invited: "no", knock: "no", invited_display: "no", knock_display: "no",
    };
    const nothing = { ...none, phase: "connecting", severity: "ok", lost: "no", other: "unknown" };
    return { facts: { ...base, ...nothing }, slots: {}, ring: 0, breath: 0, stays_ms: Infinity };
  }
  const server_now = now + link.offset_ms;
  const has_eased = is_eased(failsafe, server) && !shows_way_back(failsafe, server);
  const own_ease = has_eased ? "ease" : "ok";
  const severity = worst([server.severity, own_severity(link), alert_severity(link), own_ease]);
  const all = {
    ...base, severity, phase: phase_of(server, severity), restarting: yes(server.restarting),
    ...seats(server, link.peer_heard_ms, base.link === "live", server_now),
    ...course(server, server_now, failsafe), ...stop_of(server, severity, link),
  };
  const warming = warm_up(server, server_now, done.skipped_ms ?? 0);
  return {
    facts: { ...all, ...warming.facts, silence: silence(all) },
    slots: { ...slots(link, server, server_now), ...warming.slots },
    ring: ring(server.timer, server_now),
    breath: breath(server.timer, server_now),
    stays_ms: is_tense(all, link) ? TENSE_MS : stays_ms(server.timer, server_now),
  };
}

/** Whether something is about to be judged: a tap on its way, or a silence while hands are on.
 * @param {Facts} facts @param {Link} link */
function is_tense(facts, { pending }) {
  return pending.length > 0 || (facts.hands_on === "yes" && facts.link !== "live");
}

/** Return what a tap has just done on this phone; shown for a moment.
 * @param {Done} done @param {number} now */
function just_done({ short_at = -Infinity, sampled_at = -Infinity }, now) {
  const short = yes(now - short_at < SHOWS_SHORT_MS);
  return { short, sampled: yes(now - sampled_at < SHOWS_SAMPLED_MS) };
}

/** Return what can't be heard, one thing at a time. Lost contact comes first, so then it is none.
 * The warm-up lists everything.
 * @param {{
 *   phase: string, link: string, one_phone: string, peer?: string, peer_visible?: string,
 *   sound: string, peer_sound?: string, voice: string,
 * }} facts
 */
function silence({ phase, link, one_phone, peer, peer_visible, sound, peer_sound = "", voice }) {
  const is_pair = one_phone === "no";
  const is_away = is_pair && (peer !== "live" || peer_visible !== "yes");
  if (BEFORE.includes(phase) || link !== "live" || is_away) return "none";
  if (["off", "blocked"].includes(sound)) return "here";
  if (is_pair && ["off", "blocked", "muted"].includes(peer_sound)) return "there";
  return sound === "muted" ? "chosen" : voice === "failed" ? "voice" : "none";
}

/** Return the phase to show. The most severe thing is shown at once; the server's phase follows.
 * @param {StateTold} server @param {string} severity */
function phase_of(server, severity) {
  if (BEFORE.includes(server.phase)) return server.phase;
  if (severity === "stop") return "stopped";
  return severity === "ease" && PUSHING.includes(server.phase) ? "eased" : server.phase;
}

/** @param {Link} link @param {Failsafe} failsafe @param {number} now */
function local(link, failsafe, now) {
  const silent = now - link.heard_at;
  const open = link.status === "open" && link.server;
  const fate = link.fate;
  const is_recent = fate && (fate.status !== "shown" || now - fate.at < SHOWS_FATE_MS);
  const unshown = link.pending.find((p) => p.alert === fate?.alert && !p.is_shown);
  return {
    link: open ? (silent >= WEAK_AFTER_MS ? "weak" : "live") : "connecting",
    lost: yes(failsafe.lost || is_blind(link, silent)),
    fate: is_recent ? fate.status : "none",
    last_tap: is_recent ? fate.command : "none",
    say_it: yes(unshown && now - unshown.at >= SHOWN_WITHIN_MS && !is_one_phone(link.server)),
    refused: yes(is_to_be_tapped_again(link, now)),
    one_phone: yes(is_one_phone(link.server)),
    good_alert: last_good(link.alerts) ?? "none",
    knock: yes(link.knock && link.knock.role !== "display"),
    invited: yes(invited(link) === "seat" && link.server?.may.includes("invite")),
    knock_display: yes(link.knock?.role === "display"),
    invited_display: yes(invited(link) === "display"),
    display: yes(link.server?.displays),
    moved: yes(link.bye === "moved"),
    gone: yes(link.bye === "gone"),
    deleted: yes(link.bye === "deleted"),
    trouble: trouble_of(link, now),
    sound: link.sound,
    awake: yes(link.awake),
    direct: yes(link.direct),
  };
}

/** Whether to say that a tap was refused. Only while it would be taken now: of a double tap, the
 * second is refused because the first was taken.
 * @param {Link} link @param {number} now */
function is_to_be_tapped_again({ calm, server }, now) {
  if (!calm || calm.refused_at === null || now - calm.refused_at >= SHOWS_REFUSAL_MS) return false;
  return server?.may.includes(calm.command);
}

/** Return the shortest address that works in a browser: with a port, https needs its scheme. */
export function address_of(url = "") {
  const [, scheme, host = ""] = /^(https?):\/\/([^/]+)/.exec(url) ?? [];
  return scheme === "https" && /:\d+$/.test(host) ? `https://${host}` : host;
}

/** @param {Link} link */
const invited = ({ invitation }) =>
  invitation && (invitation.role === "display" ? "display" : "seat");

/** Whether this is a display that hears nothing: it says so in every phase, since showing is its
 * task.
 * @param {Link} link @param {number} silent ms */
function is_blind({ role, server }, silent) {
  return role === "display" && server && server.phase !== "ended" && silent >= SILENT_AFTER_MS;
}

/** @param {StateTold} server @param {number} server_now @param {Failsafe} failsafe */
function course(server, server_now, failsafe) {
  const { step, next, timer, drill } = server;
  const left = remaining_ms(timer, server_now);
  const is_hold = server.phase === "holding" && timer !== null;
  const length = timer?.length_ms ?? 0;
  const passed = timer ? length - left : 0;
  const is_half = is_hold && left <= length / 2;
  return {
    stretch: step?.stretch ?? "none", side: step?.side ?? "none", wish: step?.wish ?? "none",
    timer: timer?.kind ?? "none", cause: server.cause ?? "none",
    over: yes(shows_way_back(failsafe, server)),
    asking: yes(is_asking(timer, server_now)),
    half: yes(is_half),
    asks: yes(is_half && passed - length / 2 < CUE_MS),
    cue: cue_word(passed),
    question: String((step?.index ?? 0) % CUES),
    breath: breath_word(timer, passed),
    felt: server.felt ? yes(server.felt.expected) : "none",
    felt_place: server.felt?.place ?? "none",
    last3: yes(is_hold && left <= 3_000),
    count: is_hold && left <= 3_000 ? String(seconds(left)) : "none",
    roomy: yes(left >= ROOMY_MS),
    digits: seconds(left) < 10 ? "one" : "two",
    drill: drill_word(drill),
    next_stretch: next?.stretch ?? "none", next_side: next?.side ?? "none",
    next_wish: next?.wish ?? "none",
    may_more: yes(server.wishes?.includes("more")),
    change: change_word(step, next),
    ended: server.ended?.reason ?? "none",
    begun: yes(server.phase_no >= FIRST_END_AFTER_POSITIONING),
    hands_on: yes(is_hands_on(server.phase)),
    gentle: yes(server.gentle),
  };
}

/** @param {number} passed ms */
function cue_word(passed) {
  if (passed < FIRST_CUE_MS) return "first";
  return String(Math.floor((passed - FIRST_CUE_MS) / CUE_MS) % CUES);
}

/** @param {TimerTold | null} timer @param {number} passed ms */
function breath_word(timer, passed) {
  if (!timer || timer.ends_ms === null) return "none";
  return passed % BREATH_MS < BREATH_IN_MS ? "in" : "out";
}

/** @param {StateTold["drill"]} drill */
function drill_word(drill) {
  if (!drill) return "none";
  if (drill.answered) return "answered";
  return drill.shown_ms === null ? "tapped" : "shown";
}

/** Return what changes with the next hold.
 * @param {StateTold["step"]} step @param {StateTold["next"]} next */
function change_word(step, next) {
  if (!next) return "none";
  if (next.stretch !== step?.stretch) return "stretch";
  return next.side !== step?.side ? "side" : "rep";
}

/** Return the facts and slots of the warm-up. The drill comes before the moves.
 * @param {StateTold} server @param {number} server_now @param {number} skipped_ms */
function warm_up({ timer, todo }, server_now, skipped_ms) {
  const left = remaining_ms(timer, server_now);
  const is_drilled = !todo.includes("drill");
  const { move, left_ms } = move_of(is_drilled ? timer : null, left, skipped_ms);
  const is_early = timer?.kind === "warm_up" && left > 0;
  return { facts: { move, early: yes(is_early) }, slots: { move_s: String(seconds(left_ms)) } };
}

/** Return how full the breath is, 0 to 1: four seconds in, six out, in step on both phones.
 * @param {TimerTold | null} timer @param {number} server_now */
function breath(timer, server_now) {
  if (!timer || timer.ends_ms === null) return 0;
  const at = (timer.length_ms - remaining_ms(timer, server_now)) % BREATH_MS;
  if (at < BREATH_IN_MS) return at / BREATH_IN_MS;
  return 1 - (at - BREATH_IN_MS) / (BREATH_MS - BREATH_IN_MS);
}

/** @param {StateTold} server @param {string} severity @param {Link} link */
function stop_of(server, severity, link) {
  const stop = server.stop;
  const options = Object.fromEntries(
    ["again", "skip", "end"].map((o) => [`options_${o}`, yes(stop?.options.includes(o))]),
  );
  const raiser = stop?.by === "server" ? "client" : stop?.by;
  const is_ahead = server.phase !== "stopped" || own_severity(link) === "stop";
  const is_new = severity === "stop" && is_ahead;
  const cause = is_new && link.fate?.command === "pain" ? "pain" : stop?.cause;
  return {
    ...options, suggest: stop?.suggest ?? "none", stop_by: stop?.by ?? "none",
    stop_cause: cause ?? "none",
    mine: yes(raiser === server.role || (stop && is_one_phone(server))),
    let_go: is_new ? "no" : stop ? yes(stop.let_go) : "none",
    ...pain_of(stop, link), flag_place: stop?.flag?.place ?? "none",
  };
}

const KINDS = ["sharp", "spreading", "numb", "weak", "cramp", "ache"];

/** @param {StopTold | null} stop @param {Link} link */
function pain_of(stop, link) {
  const said = stop ? kinds_said(link) : [];
  return Object.fromEntries(KINDS.map((kind) => [`pain_${kind}`, yes(said.includes(kind))]));
}

/** @param {Link} link @param {StateTold} server @param {number} server_now @returns {Slots} */
function slots(link, { step, timer, drill }, server_now) {
  const left = remaining_ms(timer, server_now);
  return {
    remaining_s: String(seconds(left)), clock: clock(left),
    rep: String(step?.rep ?? ""), reps: String(step?.reps ?? ""),
    drill_ms: String(drill?.shown_ms ?? ""), fate_ms: String(link.fate?.shown_ms ?? ""),
    knock_words: link.knock?.words.join(" ") ?? "",
    code: link.invitation?.code ?? "", address: address_of(link.invitation?.url),
  };
}
