// The thin file that performs what the reducers ask for: socket, timer, storage, page life.

import { last_good } from "./alerts.js";
import { check_seat } from "./check.js";
import { direct_line } from "./direct.js";
import { failsafe, step as judge } from "./failsafe.js";
import { keep, recall } from "./kept.js";
import { watch_life } from "./life.js";
import { link, step } from "./link.js";
import { load_anew } from "./reload.js";
import { this_tab } from "./tab.js";

const TICK_MS = 100;
const SIGNAL_CHARS = 1_900;

/** Milliseconds that never step. */
export const clock_now = () => performance.timeOrigin + performance.now();

/**
 * @param {{room: string, role: string, sense: () => {sound: string, awake: boolean}, on_local: (name: string) => void}} options
 */
export function start_phone({ room, role, sense, on_local }) {
  const key = `${room}:${role}:urgent`;
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const url = `${scheme}//${location.host}/api/rooms/${room}/live?v=1&role=${role}`;
  let state = link(role);
  let local = failsafe();
  /** @type {WebSocket | null} */
  let socket = null;

  const run = (/** @type {any} */ input) => {
    const [next, effects] = step(state, input, clock_now());
    state = next;
    effects.forEach(perform);
  };

  const perform = (/** @type {any} */ effect) => {
    if (effect.type === "send") send(effect.message);
    else if (effect.type === "open") open();
    else if (effect.type === "save") save(effect.saved);
    else if (effect.type === "reload") load_anew(clock_now());
    else if (effect.type === "check") check();
    else if (effect.type === "direct") direct.send(effect.message);
    else if (effect.type === "signalled") signalled(effect.data);
    else if (effect.type === "refused_locally") on_local("refused");
  };

  const save = (/** @type {object} */ saved) => keep(key, JSON.stringify(saved), "sessionStorage");

  const load = (/** @type {string} */ from) => JSON.parse(recall(from, "sessionStorage") ?? "{}");

  const send = (/** @type {object} */ message) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };

  const tab = this_tab(`${room}:${role}:tab`, new_id);

  /** Counted, so that a socket given up here never turns out its successor there. */
  const open = () => {
    const old = socket;
    const fresh = new WebSocket(`${url}&${tab.next()}`);
    socket = fresh;
    old?.close();
    const is_current = () => socket === fresh;
    fresh.onopen = () => is_current() && run({ type: "opened" });
    fresh.onmessage = (event) => {
      if (!is_current()) return;
      const message = JSON.parse(event.data);
      run({ type: "message", message });
      look();
      if (message.type !== "beat") on_local("news");
    };
    fresh.onclose = (event) => {
      if (!is_current()) return;
      run({ type: "closed", code: event.code });
      if (state.bye === "moved") tab.give_up();
    };
  };

  const check = async () => {
    const server_now = state.samples.length > 0 ? clock_now() + state.offset_ms : NaN;
    run({ type: "checked", seen: await check_seat(room, role, server_now) });
  };

  const direct = direct_line(role, {
    signal(data) {
      const message = { type: "signal", data: JSON.stringify(data) };
      if (JSON.stringify(message).length <= SIGNAL_CHARS) send(message); // a bigger one would cost the socket
    },
    on_change: (is_open) => run({ type: "direct_line", is_open }),
    on_message(message) {
      run({ type: "direct", message });
      on_local("news");
    },
  });

  const signalled = (/** @type {string} */ data) => {
    try {
      direct.receive(JSON.parse(data));
    } catch {
      on_local("not_understood");
    }
  };

  const is_paired = () => ["client", "partner"].includes(role) && state.status === "open" && state.server?.phase !== "ended"
    && ["client", "partner"].every((seat) => state.server?.seats[seat].link === "live");

  const look = () => {
    const now = clock_now();
    const server_now = now + state.offset_ms;
    const { server, heard_at, peer_heard_ms } = state;
    const good = last_good(state.alerts);
    const input = /** @type {const} */ ({ type: "look", server, heard_at, peer_heard_ms, server_now, good });
    const [next, effects] = judge(local, input, now);
    local = next;
    for (const effect of effects) on_local(effect.type);
  };

  const status = (visible = life.is_seen()) => run({ type: "status", visible, ...sense() });

  const life = watch_life(clock_now, {
    woke: (slept_ms) => run({ type: "wake", slept_ms }),
    seen: status,
  });

  const tick = () => {
    look(); // CONTACT LOST comes before any reconnect
    life.tick();
    status();
    run({ type: "tick" });
    direct.look(is_paired(), clock_now());
  };

  run({ type: "restored", saved: load(key) });
  setInterval(tick, TICK_MS);
  tick();

  return {
    tap(/** @type {string} */ command, /** @type {Record<string, string>} */ fields = {}) {
      run({ type: "tap", id: new_id(), command, fields });
    },
    painted: (/** @type {string[]} */ alerts) => run({ type: "painted", alerts }),
    reconnect: () => run({ type: "reconnect" }),
    view: () => ({ link: state, failsafe: local }),
  };
}

function new_id() {
  const bytes = crypto.getRandomValues(new Uint8Array(9));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}
