// The live page, put together: link, taps, picture, sound. In this order, because what comes first
// must not depend on what comes later. A tap goes from hands/ through here to link/, which sends it
// to the server; the new state goes to show/ and to sound/.

import { attempt } from "../browser.js";
import { clock_now } from "./clock.js";
import { catch_faults } from "./safely.js";
import { is_visible } from "./life.js";
import { listen } from "./hands/taps.js";
import { remaining_ms } from "./link/countdown.js";
import { is_hands_on } from "./link/failsafe.js";
import { start_phone } from "./link/phone.js";
import { facts as facts_of } from "./show/facts.js";
import { start_loop } from "./show/loop.js";
import { painter } from "./show/paint.js";
import { standing } from "./show/standing.js";
import { make_wake, UNKEPT } from "./show/wake.js";
import { skip_move } from "./show/warm_up.js";
import { make_player, MUTE } from "./sound/player.js";
import { looks_on } from "./sound/onlooker.js";

/** @import { Facts, Picture, Slots, StateTold } from "./shapes" */

const root = /** @type {HTMLElement} */ (document.getElementById("room"));
const { room = "", role = "" } = root.dataset;
const faults = catch_faults(clock_now);
const { safely } = faults;
let player = MUTE;
let wake = UNKEPT;
let paint = (/** @type {Picture} */ _) => false;
let passed = () => {};
let ask_for_frame = () => {};
/** @type {Facts} */
let before = {};
let routine = "";
let code = "";
let is_stuck = false;
/** What was done on this phone and concerns nobody else. */
const done = { skipped_ms: 0, short_at: -Infinity, sampled_at: -Infinity };

const phone = start_phone({
  room, role, safely,
  sense: { sound: () => player.sound(), awake: () => wake.is_awake(), faults: faults.count },
  on_local: changed,
});

const thumb = listen(root, {
  tap(command, fields) {
    phone.tap(command, fields);
    safely(() => player.own_tap(command, fields));
    changed();
  },
  unread() {
    if (is_hands_on(phone.view().link.server?.phase)) phone.tap("stop");
  },
  phase_no: () => phone.view().link.server?.phase_no ?? -1,
  reconnect: phone.reconnect,
  next_move() {
    const { server, offset_ms } = phone.view().link;
    const left = remaining_ms(server?.timer ?? null, clock_now() + offset_ms);
    done.skipped_ms = skip_move(server?.timer ?? null, left, done.skipped_ms);
  },
  too_short() {
    done.short_at = clock_now();
    changed();
  },
  sample() {
    done.sampled_at = clock_now();
    safely(() => player.sample());
    changed();
  },
});

safely(() => (paint = painter(root)));
safely(() => (player = make_player(root, clock_now)));
const video = /** @type {HTMLVideoElement | null} */ (document.getElementById("stay-awake"));
safely(() => (wake = make_wake(video, clock_now)));
safely(() => (passed = standing(document, () => Date.now()).passed));
if (looks_on(role)) unlock(); // nobody taps there; if the browser refuses, so be it

/** Wake the sound. */
function unlock() {
  safely(() => player.unlock());
  safely(() => wake.unlock());
}
// For ever, as a phone may take its sound away; and after all else that hears a finger.
for (const end of ["click", "pointerup", "keydown"]) {
  attempt("addEventListener", () => addEventListener(end, unlock));
}
// What this phone likes may have changed. Not before the click: what moves then under a finger that
// was just lifted would get it.
attempt("addEventListener", () => addEventListener("click", changed));

/** Paint what has changed at once; the next frame shows it. */
function changed() {
  show();
  ask_for_frame();
}

/** Paint what is true now; return whether all of it is on the page, and for how long it stays true
 * if nothing happens. */
function show() {
  const failed = { is_whole: false, stays_ms: Infinity };
  return safely(() => {
    const view = phone.view();
    const sounding = safely(() => player.facts(), {});
    const own = { thumb: thumb.fact(), is_stuck, looks: looks_of(root), done };
    const picture = facts_of({ ...view, ...sounding, ...own }, clock_now());
    const { facts, slots, stays_ms } = picture;
    const is_whole = safely(() => paint(picture), false);
    safely(() => thumb.look(facts.phase ?? "connecting"));
    safely(() => player.look(facts));
    safely(() => follow(facts, slots, view.link.server));
    return { is_whole, stays_ms };
  }, failed);
}

/** Return how this phone shows it, by its toggles. @param {HTMLElement} root */
function looks_of({ dataset }) {
  const handed = dataset.handed === "left" ? "left" : "right";
  return { handed, pacer: dataset.pacer === "on" ? "on" : "off" };
}

/** Do what follows from a change, besides the picture.
 * @param {Facts} facts @param {Slots} slots @param {StateTold | null} server */
function follow(facts, slots, server) {
  const is_screened = before.todo_screened === "yes" && facts.todo_screened === "no";
  if (is_screened && facts.ended === "none") passed();
  if (before.phase === "resting" && facts.phase !== "resting") close_folded(".resting");
  before = facts;
  refetch(server);
  fetch_square(slots.code ?? "");
}

/** Close what was opened in a rest, once it is over. @param {string} where */
function close_folded(where) {
  for (const one of root.querySelectorAll(`${where} details[open]`)) one.removeAttribute("open");
}

/** Fetch the cards again when the lobby chose another routine. @param {StateTold | null} server */
function refetch(server) {
  if (!server) return;
  const items = JSON.stringify(server.routine.items.map((i) => i.stretch));
  if (routine && routine !== items) document.body.dispatchEvent(new CustomEvent("saywhen:routine"));
  routine = items;
}

/** Fetch the square of a new invitation; the server draws it. @param {string} newest */
function fetch_square(newest) {
  if (newest && newest !== code) document.body.dispatchEvent(new CustomEvent("saywhen:invitation"));
  code = newest;
}

/** Show or hide the screen that says that this page is stuck. Painting may be what failed, so this
 * does not use it. */
function mark_stuck() {
  const { documentElement: page } = document;
  attempt("toggleAttribute", () => page.toggleAttribute("data-stuck", is_stuck));
}

ask_for_frame = start_loop({
  now: clock_now, is_visible, paint: show,
  alerts: () => phone.view().link.alerts.filter((a) => !a.is_painted).map((a) => a.alert),
  shown: (alerts) => safely(() => phone.painted(alerts)),
  turn(is_live, is_stuck_now) {
    is_stuck = is_stuck_now;
    safely(mark_stuck);
    safely(() => phone.turn(is_live));
    safely(() => faults.look(before));
  },
});
