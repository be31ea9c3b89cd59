// The live page: the phone, what it shows, what it sounds, what is tapped.

import { cues } from "./cues.js";
import { facts as facts_of } from "./facts.js";
import { looks_on, quietly } from "./onlooker.js";
import { painter } from "./paint.js";
import { standing } from "./standing.js";
import { start_phone } from "./phone.js";
import { make_sound } from "./sound.js";
import { listen } from "./taps.js";
import { make_voice } from "./voice.js";
import { make_wake } from "./wake.js";

const root = /** @type {HTMLElement} */ (document.getElementById("room"));
const { room = "", role = "" } = root.dataset;
const wake = make_wake();
const { sound, voice } = quietly(role, make_sound(), make_voice(document));
if (looks_on(role)) wake.unlock(); // nobody taps there; where that is not enough, it stays as it is
const answers = standing(document, () => Date.now());
const paint = painter(root);
/** @type {Record<string, string>} */
let before = {};
let routine = "";
let code = "";

const phone = start_phone({
  room, role,
  sense: () => ({ sound: sound.state(), awake: wake.is_awake() }),
  on_local: () => show(),
});

const resting = listen(root, {
  tap(command, fields) {
    if (command in { ease: 1, good: 1 } && role === "client") sound.play(/** @type {any} */ (command));
    phone.tap(command, fields);
    show();
  },
  unlock() {
    sound.unlock();
    voice.unlock();
    wake.unlock();
  },
  reconnect: phone.reconnect,
  sample: sound.sample,
});

function show() {
  const view = phone.view();
  const picture = facts_of({ ...view, voice: voice.state(), thumb: resting.fact() }, phone.now());
  const { facts, slots } = picture;
  paint(picture);
  resting.look(facts.phase);
  for (const cue of cues(before, facts, slots)) {
    if (cue.sound) sound.play(/** @type {any} */ (cue.sound));
    if (cue.key) voice.say(/** @type {any} */ (cue));
  }
  const is_drill = facts.phase === "warming_up" && (facts.drill === "tapped" || facts.drill === "shown");
  const is_stop = facts.severity === "stop" && facts.let_go !== "yes";
  sound.alarm(is_stop || is_drill, phone.now());
  const count = facts.last3 === "yes" ? { 3: "three", 2: "two", 1: "one" }[slots.remaining_s] : "";
  if (before.todo_screened === "yes" && facts.todo_screened === "no" && facts.ended === "none") answers.passed();
  before = { ...facts, counted: count ?? "" };
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
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("click", () => sound.unlock());
}
