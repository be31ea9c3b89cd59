// The two seats as facts: what this phone may do, and how each phone is as far as this page can
// know. Pure.

import { WAY_BACK_AFTER_MS } from "../constants.js";
import { PEER_LOST_AFTER_MS } from "../link/failsafe.js";

/** @import { Facts } from "../shapes" */
/** @import { SeatTold, StateTold } from "../told" */

const GONE_AFTER_MS = WAY_BACK_AFTER_MS; // a limb is back by then, and who invites may
const COMMANDS = [
  "ready", "good", "let_go", "invite", "invite_display", "one_phone", "clear", "skip", "pause",
  "feel", "pain", "gentler",
];
const TODO = {
  client: "seat:client", partner: "seat:partner", screened: "screened", briefed: "briefed",
  drill: "drill",
};
const SEATS = /** @type {const} */ (["client", "partner"]);
const yes = (/** @type {unknown} */ value) => (value ? "yes" : "no");

/**
 * Return how a phone is, in one word: absent (the seat is free), coming (taken, but the phone has
 * not come yet), here, weak, hidden (its screen is off), silent, gone (silent for long), shared
 * (both use the client's phone), or unknown: a page that is not connected claims nothing.
 * @param {SeatTold} seat
 * @param {{is_connected: boolean, server_now: number, heard_ms?: number | null}} by
 * `heard_ms`: when the server last heard that phone, if this page is told so with its beats
 */
export function how_is(seat, { is_connected, server_now, heard_ms = null }) {
  if (!is_connected) return "unknown";
  if (seat.phone === "shared") return "shared";
  if (!seat.taken) return "absent";
  if (seat.link === "absent") return "coming";
  if (seat.link === "lost") {
    const silent_ms = server_now - (seat.silent_since_ms ?? server_now);
    return silent_ms >= GONE_AFTER_MS ? "gone" : "silent";
  }
  // A server whose disk is down can't write that a phone is lost, but still tells when it was
  // heard.
  if (heard_ms !== null && server_now - heard_ms >= PEER_LOST_AFTER_MS) return "silent";
  if (seat.link === "weak") return "weak";
  return seat.visible ? "here" : "hidden";
}

/**
 * Return the facts about both seats.
 * @param {StateTold} server @param {number | null} peer_heard_ms @param {boolean} is_connected
 * @param {number} server_now @returns {Facts}
 */
export function seats(server, peer_heard_ms, is_connected, server_now) {
  const mine = server.seats[server.role];
  const other = server.role === "client" ? "partner" : "client";
  const peer = server.seats[other];
  const by = { is_connected, server_now };
  const phones = SEATS.map((seat) => [`${seat}_phone`, how_is(server.seats[seat], by)]);
  return {
    host: yes(server.host), ready: yes(mine?.ready), peer: peer.taken ? peer.link : "absent",
    peer_ready: yes(peer.ready), peer_visible: yes(peer.visible), peer_sound: peer.sound,
    peer_awake: yes(peer.awake),
    other: mine ? how_is(peer, { ...by, heard_ms: peer_heard_ms }) : "none",
    ...Object.fromEntries(phones),
    need_partner: yes(server.needs_partner),
    ...Object.fromEntries(
      Object.entries(TODO).map(([k, v]) => [`todo_${k}`, yes(server.todo.includes(v))]),
    ),
    ...Object.fromEntries(COMMANDS.map((c) => [`may_${c}`, yes(server.may.includes(c))])),
  };
}
