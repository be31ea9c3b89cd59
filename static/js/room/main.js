// The live page: the phone, what it shows, what it sounds, what is tapped.

import { facts as facts_of } from "./facts.js";
import { make_heard } from "./heard.js";
import { looks_on } from "./onlooker.js";
import { painter } from "./paint.js";
import { standing } from "./standing.js";
import { clock_now, start_phone } from "./phone.js";
import { listen } from "./taps.js";
import { make_wake } from "./wake.js";

const root = /** @type {HTMLElement} */ (document.getElementById("room"));
const { room = "", role = "" } = root.dataset;
const heard = make_heard(root, clock_now);
const wake = make_wake(/** @type {HTMLVideoElement | null} */ (document.getElementById("stay-awake")), clock_now);
if (looks_on(role)) wake.unlock(); // nobody taps there; where that is not enough, it stays as it is
const answers = standing(document, () => Date.now());
const paint = painter(root);
/** @type {Record<string, string>} */
let before = {};
let routine = "";
let code = "";

const phone = start_phone({
  room, role,
  sense() {
    wake.look();
    return { sound: heard.sound(), awake: wake.is_awake() };
  },
  on_local: () => show(),
});

const resting = listen(root, {
  tap(command, fields) {
    heard.own_tap(command, fields);
    phone.tap(command, fields);
    show();
  },
  unlock,
  reconnect: phone.reconnect,
  sample: heard.sample,
});

/** For good: a phone may take its sound back at any time. */
function unlock() {
  heard.unlock();
  wake.unlock();
}
for (const end of ["click", "pointerup", "keydown"]) addEventListener(end, unlock, true);

function show() {
  const view = phone.view();
  const picture = facts_of({ ...view, ...heard.facts(), thumb: resting.fact() }, clock_now());
  const { facts, slots } = picture;
  paint(picture);
  resting.look(facts.phase);
  heard.look(facts);
  if (before.todo_screened === "yes" && facts.todo_screened === "no" && facts.ended === "none") answers.passed();
  before = facts;
  refetch(view.link.server);
  fetch_square(slots.code ?? "");
  say_seen(view.link.alerts);
}

/** `seen` is said only by a page that can be seen, after the frame with the alert was painted. */
function say_seen(alerts) {
  const fresh = alerts.filter((a) => !a.is_painted).map((a) => a.alert);
  if (fresh.length === 0 || document.visibilityState !== "visible") return;
  requestAnimationFrame(() => setTimeout(() => phone.painted(fresh)));
}

/** Another routine in the lobby: its cards are fetched anew. */
function refetch(server) {
  if (!server) return;
  const items = JSON.stringify(server.routine.items.map((i) => i.stretch));
  if (routine && routine !== items) document.body.dispatchEvent(new CustomEvent("saywhen:routine"));
  routine = items;
}

/** A new invitation: its square is drawn by the server. */
function fetch_square(/** @type {string} */ newest) {
  if (newest && newest !== code) document.body.dispatchEvent(new CustomEvent("saywhen:invitation"));
  code = newest;
}

function frame() {
  show();
  requestAnimationFrame(frame);
}

requestAnimationFrame(frame);
