// Performs what the reducers ask for: socket, storage, page life. An effect that fails does not
// stop the others, and sending an urgent tap comes before every other effect.

import { ask } from "../../ask.js";
import { attempt } from "../../browser.js";
import { last_good } from "./alerts.js";
import { check_seat } from "./check.js";
import { clock_now } from "../clock.js";
import { MOST_DIRECT_LINE_CHARS, MOST_MESSAGE_BYTES, PROTOCOL_VERSION } from "../constants.js";
import { data_channel } from "./data_channel.js";
import { failsafe, is_hands_on, step as judge } from "./failsafe.js";
import { keep, recall } from "../kept.js";
import { is_visible, watch_life } from "../life.js";
import { link, step } from "./link.js";
import { URGENT } from "./urgent.js";
import { load_anew } from "./reload.js";
import { this_tab } from "./tab.js";

/** @import { Foreign } from "../../answer.js" */
/** @import { Fields, LinkEffect, LinkInput, Saved, ToServer } from "../shapes" */

const POST_WITHIN_MS = 2_000; // then its connection is freed: a browser has few per server
const OPEN = 1; // WebSocket.OPEN, in case it is missing

/**
 * Connect this phone to its room.
 * @param {{
 *   room: string, role: string, safely: import("../safely.js").Safely,
 *   sense: {sound: () => string, awake: () => boolean, faults: () => number},
 *   on_local: (name: string) => void,
 * }} options
 */
export function start_phone({ room, role, safely, sense, on_local }) {
  const key = `${room}:${role}:urgent`;
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const live = `${scheme}//${location.host}/api/rooms/${room}/live`;
  const url = `${live}?v=${PROTOCOL_VERSION}&role=${role}`;
  let state = link(role, attempt("Math.random", () => 0.5 + Math.random(), 1));
  let local = failsafe();
  /** @type {WebSocket | null} */
  let socket = null;

  const run = (/** @type {LinkInput} */ input) => {
    const [next, effects] = step(state, input, clock_now());
    state = next;
    for (const effect of effects) safely(() => perform(effect));
  };

  const perform = (/** @type {LinkEffect} */ effect) => {
    if (effect.type === "send") send(effect.message);
    else if (effect.type === "post") post(effect.message);
    else if (effect.type === "direct") direct.send(effect.message);
    else if (effect.type === "open") open();
    else if (effect.type === "save") save(effect.saved);
    else if (effect.type === "reload") load_anew(clock_now());
    else if (effect.type === "check") check();
    else if (effect.type === "line_words") hear_line(effect.data);
    else if (effect.type === "refused_locally") on_local("refused");
  };

  const save = (/** @type {Saved} */ saved) => keep(key, JSON.stringify(saved), "sessionStorage");

  const load = (/** @type {string} */ from) =>
    attempt("saved", () => JSON.parse(recall(from, "sessionStorage") ?? "{}"), {});

  /** Send by the socket. If it takes nothing, give it up; what is urgent goes by HTTP at once. */
  const send = (/** @type {ToServer} */ message) => {
    const is_sent = attempt("WebSocket.send", () => {
      if (socket?.readyState !== OPEN) return false;
      socket.send(JSON.stringify(message));
      return true;
    }, false);
    if (is_sent) return;
    if (URGENT.includes(message.type)) post(message);
    lose(socket);
  };

  /** Send by HTTP. The answer says nothing about the link, only about the tap. */
  const post = async (/** @type {ToServer} */ message) => {
    const body = JSON.stringify(message);
    const headers = { "content-type": "application/json" };
    const options = { method: "POST", headers, body, keepalive: true };
    const { body: told } = await ask(
      `/api/rooms/${room}/signals?role=${role}`, options, undefined, POST_WITHIN_MS,
    );
    safely(() => run({ type: "posted", id: message.id, told }));
    on_local("news");
  };

  const tab = this_tab(`${room}:${role}:tab`, new_id);

  /** @param {WebSocket | null} one */
  const lose = (one) => {
    if (one !== socket) return;
    socket = null;
    attempt("WebSocket.close", () => one?.close());
    if (state.status !== "closed") run({ type: "closed", code: 1006 });
  };

  /** Open a socket. Its number lets the server tell a socket given up here from its successor; it
   * answers phones with hands on first. */
  const open = () => {
    const old = socket;
    const hands = is_hands_on(state.server?.phase) ? "&hands=on" : "";
    socket = attempt("WebSocket", () => new WebSocket(`${url}${hands}&${tab.next()}`), null);
    attempt("WebSocket.close", () => old?.close());
    if (socket) listen(socket);
    else run({ type: "closed", code: 1006 });
  };

  const listen = (/** @type {WebSocket} */ fresh) => {
    /** @template E @param {(event: E) => void} then @returns {(event: E) => void} */
    const when_current = (then) => (event) => {
      if (socket === fresh) safely(() => then(event));
    };
    fresh.onopen = when_current(() => run({ type: "opened" }));
    fresh.onmessage = when_current((/** @type {MessageEvent} */ event) => {
      /** @type {Foreign} */
      const message = JSON.parse(event.data);
      run({ type: "message", message });
      look();
      if (message?.type !== "beat") on_local("news");
    });
    fresh.onclose = when_current((/** @type {CloseEvent} */ event) => {
      run({ type: "closed", code: event.code });
      if (state.bye === "moved") tab.give_up();
    });
  };

  const check = async () => {
    const server_now = state.samples.length > 0 ? clock_now() + state.offset_ms : NaN;
    run({ type: "checked", found: await check_seat(room, role, server_now) });
    on_local("news");
  };

  const direct = data_channel(role, {
    say(data) {
      const message = { type: "signal", data: JSON.stringify(data) };
      const { length } = JSON.stringify(message); // the server closes the socket on a bigger one
      const is_short = message.data.length <= MOST_DIRECT_LINE_CHARS;
      if (is_short && length <= MOST_MESSAGE_BYTES) send(message);
    },
    on_change: (is_open) => safely(() => run({ type: "direct_line", is_open })),
    on_message(message) {
      safely(() => run({ type: "direct", message }));
      on_local("news");
    },
  });

  const hear_line = (/** @type {string} */ data) => {
    const told = /** @type {Foreign} */ (attempt("line words", () => JSON.parse(data), null));
    if (told) direct.receive(told);
    else on_local("not_understood");
  };

  const is_running = () => state.status === "open" && state.server?.phase !== "ended";
  const is_paired = () => ["client", "partner"].includes(role) && is_running()
    && ["client", "partner"].every((seat) => state.server?.seats[seat]?.link === "live");

  const look = () => {
    const now = clock_now();
    const server_now = now + state.offset_ms;
    const { server, heard_at, peer_heard_ms } = state;
    const good = last_good(state.alerts);
    const type = /** @type {const} */ ("look");
    const input = { type, server, heard_at, peer_heard_ms, server_now, good };
    const [next, effects] = judge(local, input, now);
    local = next;
    for (const effect of effects) on_local(effect.type);
  };

  /** Return what a beat says of this phone. A failure of these shows in `faults`. */
  const sensed = () => ({
    sound: safely(sense.sound, "unknown"),
    awake: safely(sense.awake, false),
    faults: sense.faults(),
  });
  const status = (visible = is_visible()) => run({ type: "status", visible, ...sensed() });

  const life = watch_life(clock_now, {
    woke: (slept_ms) => safely(() => {
      run({ type: "wake", slept_ms });
      look(); // the time that it slept may have cost the contact
    }),
    seen: (visible) => safely(() => status(visible)),
  });

  safely(() => run({ type: "restored", saved: load(key) }));

  return {
    /** Send a tap, before anything else. If the rules of this page fail, send it as it is.
     * @param {string} command @param {Fields} [fields] */
    tap(command, fields = {}) {
      const id = new_id();
      const is_taken = safely(() => (run({ type: "tap", id, command, fields }), true), false);
      safely(look); // the first thing that a page does after it was frozen may be a tap
      if (is_taken || !URGENT.includes(command)) return;
      send({ ...(command === "pain" ? { flag: id } : {}), type: command, id });
    },
    painted: (/** @type {string[]} */ alerts) => run({ type: "painted", alerts }),
    reconnect: () => safely(() => run({ type: "reconnect" })),
    /** Called with every turn of the loop.
     * @param {boolean} is_live whether the newest picture is on the page */
    turn(is_live) {
      safely(look); // CONTACT LOST comes before any reconnect
      safely(life.tick);
      safely(() => run({ type: "painting", is_live }));
      safely(status);
      safely(() => run({ type: "tick" }));
      safely(() => direct.look(is_paired(), clock_now()));
    },
    view: () => ({ link: state, failsafe: local }),
  };
}

function new_id() {
  const bytes = new Uint8Array(9);
  attempt("crypto.getRandomValues", () => crypto.getRandomValues(bytes));
  const is_random = bytes.some((one) => one > 0);
  const chance = [...bytes].map((one) => is_random ? one : Math.floor(Math.random() * 256));
  return chance.map((one) => one.toString(36).padStart(2, "0")).join("");
}
