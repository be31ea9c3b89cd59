// The link to the room: socket, beats, taps and their fates. A pure reducer: step(state, input,
// now) -> [state, effects]. No DOM, no clock, no randomness. STOP, EASE and PAIN are sent again
// until the other page has shown them; nothing else is sent twice.

import { BEAT_HANDS_ON_MS, BEAT_MS, LOST_AFTER_MS, WEAK_AFTER_MS } from "../constants.js";
import { alerted, covered, lasting, painted } from "./alerts.js";
import { bye_of, checked, is_ours, proves, reconnect } from "./believed.js";
import { offset_of, sampled } from "./countdown.js";
import { is_hands_on } from "./failsafe.js";
import { by_direct_line, direct_line, directly } from "./direct_line.js";
import {
  AGAIN_MS, answered, fate_of, fated, is_final, is_settled, message_of, posted, resent, restored,
  save, URGENT,
} from "./urgent.js";

/** @import { Fields, Link, LinkEffect, LinkInput, Linked, Status, UrgentTap } from "../shapes" */
/** @import { RefusedCommand, StateTold } from "../told" */
/** @import { Foreign } from "../../answer.js" */

const FIRST_TRIES_MS = [0, 250, 500];
const TRY_HANDS_ON_MS = 1_000;
const TRY_MS = 2_000; // on average: see `spread`
const OPENS_WITHIN_MS = 4_000; // a socket stuck in its handshake is given up
const SILENT_MS = LOST_AFTER_MS; // an open, silent socket is dead; the fail-safe spoke earlier
const EARLY_MS = 50; // the page looks four times a second: better early than one look late
const FRESH_MS = 250; // several events announce one return of the page
const CHECK_EACH_TRIES = 4;

/** @param {string} role @param {number} spread around 1, so that not all phones ask again at once
 * @returns {Link} */
export function link(role, spread = 1) {
  return {
    role, spread, status: "closed", tries: 0, retry_at: 0, opening_at: 0, opened_at: 0, bye: null,
    is_proven: false, found: null, restarting_at: -Infinity,
    server: null, heard_at: 0, peer_heard_ms: null, samples: [], offset_ms: 0,
    beat_n: 0, beat_at: -Infinity,
    visible: true, sound: "unknown", awake: false, faults: 0, direct: false, painting: true,
    pending: [], alerts: [], fate: null, calm: null, flag: null, knock: null, invitation: null,
    told_bye: null,
  };
}

/** @param {Link} state @param {LinkInput} input @param {number} now ms @returns {Linked} */
export function step(state, input, now) {
  switch (input.type) {
    case "tick": return tick(state, now);
    case "opened": return opened(state, now);
    case "closed": return closed(state, input, now);
    case "message": return told(state, input.message, now);
    case "tap": return tapped(state, input, now);
    case "painted": return painted(state, input.alerts);
    case "direct_line": return direct_line(state, input.is_open);
    case "direct": return directly(state, input.message, now);
    case "posted": return told_by_post(state, input);
    case "painting": return [{ ...state, painting: input.is_live }, []];
    case "status": return status(state, input, now);
    case "wake": return wake(state, input, now);
    case "reconnect": return reconnect(state, now);
    case "checked": return checked(state, input);
    case "restored": return [restored(state, input.saved, now), []];
    default: return [state, []];
  }
}

/** @param {Link} state @param {number} now @returns {Linked} */
function tick(state, now) {
  const open = state.bye === "gone" ? [] : state.pending.filter((p) => !is_settled(p, state, now));
  const mail = posted(open, now);
  const effects = mail.effects;
  let next = { ...state, alerts: lasting(state, now), pending: mail.pending };
  if (next.pending.length !== state.pending.length) effects.push(save(next));
  const { fate } = next;
  const is_on_its_way = next.pending.some((p) => p.alert === fate?.alert);
  if (fate && !is_on_its_way && fate.status !== "shown") next.fate = null;
  if (next.status === "closed" && now >= next.retry_at) {
    next = { ...next, status: "opening", opening_at: now };
    effects.push({ type: "open" });
  } else if (next.status === "opening" && now - next.opening_at >= OPENS_WITHIN_MS) {
    return chain(closed(next, { code: 1006, is_hung: true }, now), effects);
  } else if (next.status === "open" && is_dead(next, now)) {
    return chain(closed(next, { code: 1006 }, now), effects);
  } else if (next.status === "open") {
    const again = resent(next.pending, now);
    next.pending = again.pending;
    effects.push(...again.effects);
    const every = is_hands_on(next.server?.phase) ? BEAT_HANDS_ON_MS : BEAT_MS;
    if (now - next.beat_at >= every - EARLY_MS) return chain(beat(next, now), effects);
  }
  return [next, effects];
}

/** Whether an open socket has been silent for too long. @param {Link} state @param {number} now */
const is_dead = ({ heard_at, opened_at }, now) => now - Math.max(heard_at, opened_at) >= SILENT_MS;

/** @param {Linked} stepped @param {LinkEffect[]} before @returns {Linked} */
const chain = ([state, effects], before) => [state, [...before, ...effects]];

/** Send a beat, but only if this page paints and hears: a page whose picture stands still, or that
 * can read nothing it is told, must be silent.
 * @param {Link} state @param {number} now @returns {Linked} */
function beat(state, now) {
  const hears = state.heard_at >= state.opened_at && now - state.heard_at < SILENT_MS;
  if (!state.painting || !hears) return [state, []];
  const { beat_n: n, visible, sound, awake, faults } = state;
  const message = { type: "beat", n, sent_ms: Math.round(now), visible, sound, awake, faults };
  return [{ ...state, beat_n: n + 1, beat_at: now }, [{ type: "send", message }]];
}

/** @param {Link} state @param {number} now @returns {Linked} */
function opened(state, now) {
  const again = resent(state.pending, now, 0);
  // The first beat follows in the next turn after a message has come.
  const fresh = { opened_at: now, is_proven: false, beat_at: -Infinity };
  return [{ ...state, ...fresh, status: "open", pending: again.pending }, again.effects];
}

/** @param {Link} state @param {{code: number, is_hung?: boolean}} how @param {number} now
 * @returns {Linked} */
function closed(state, { code, is_hung = false }, now) {
  if (state.status === "final") return [state, []];
  const bye = bye_of(state, code);
  if (bye === "moved" || bye === "gone") {
    const is_deleted = bye === "gone" && state.told_bye === "deleted";
    return [{ ...state, status: "final", bye: is_deleted ? "deleted" : bye }, []];
  }
  const slow = is_hands_on(state.server?.phase) ? TRY_HANDS_ON_MS : TRY_MS * state.spread;
  const wait = FIRST_TRIES_MS[state.tries] ?? slow;
  const tries = state.tries + 1;
  /** @type {LinkEffect[]} */
  const effects = is_hung || tries % CHECK_EACH_TRIES === 0 ? [{ type: "check" }] : [];
  if (bye === "reload") effects.push({ type: "reload" }); // only a few times: see reload.js
  const next = { ...state, bye, tries, retry_at: now + wait, is_proven: false };
  return [{ ...next, status: "closed" }, effects];
}

/** Open a fresh socket at once: a returning phone's socket may look open and be dead. The time that
 * its clock slept counts as silence, and the exchanges before it say nothing about the server's
 * clock.
 * @param {Link} state @param {{slept_ms?: number}} input @param {number} now @returns {Linked} */
function wake(state, { slept_ms = 0 }, now) {
  if (state.status === "final") return [state, []];
  const slept = slept_ms > 0 ? { samples: [], heard_at: state.heard_at - slept_ms } : {};
  const next = { ...state, ...slept, tries: 0 };
  if (state.status === "opening" && now - state.opening_at < FRESH_MS) return [next, []];
  return [{ ...next, status: "opening", opening_at: now }, [{ type: "open" }]];
}

/** @param {Link} state @param {Status} input @param {number} now @returns {Linked} */
function status(state, input, now) {
  const { visible, sound, awake, faults } = input;
  const is_same = visible === state.visible && sound === state.sound && awake === state.awake;
  const next = { ...state, visible, sound, awake, faults };
  return is_same || state.status !== "open" ? [next, []] : beat(next, now);
}

/** A finger has tapped: this screen says it at once, and the message goes by every open way.
 * @param {Link} state @param {{id: string, command: string, fields: Fields}} tap
 * @param {number} now @returns {Linked} */
function tapped(state, { id, command, fields }, now) {
  if (command === "forget") return [{ ...state, invitation: null }, []];
  const { message, is_detail } = message_of(state, id, command, fields);
  const is_open = state.status === "open";
  if (!URGENT.includes(command)) {
    const calm = { id, command, refused_at: is_open ? null : now };
    /** @type {LinkEffect} */
    const said = is_open ? { type: "send", message } : { type: "refused_locally", command };
    return [{ ...state, calm }, [said]];
  }
  /** @type {UrgentTap} */
  const one = {
    id, alert: `${state.role}:${id}`, command, message, is_detail, is_done: false, is_shown: false,
    at: now, sent_at: is_open ? now : -Infinity, post_at: now + AGAIN_MS,
  };
  const next = {
    ...state, flag: command === "pain" ? message.flag ?? null : state.flag,
    pending: [...state.pending, one],
    fate: is_detail ? state.fate : fate_of(one, "sending"),
  };
  /** @type {LinkEffect} */
  const on_its_way = { type: is_open ? "send" : "post", message };
  return [next, [on_its_way, ...by_direct_line(state, [one]), save(next)]];
}

/** @param {Link} state @param {Foreign} message @param {number} now @returns {Linked} */
function told(state, message, now) {
  if (!is_ours(message)) return [state, []];
  const has_restarted = message.type === "state" && !message.restarting;
  const restarting_at = has_restarted ? -Infinity : state.restarting_at;
  const is_proven = state.is_proven || proves(message);
  const fresh = { heard_at: now, tries: 0, bye: null, found: null };
  const heard = { ...state, ...fresh, restarting_at, is_proven };
  switch (message.type) {
    case "state": return [with_state(heard, message), []];
    case "bye": {
      const ends_at = message.reason === "restarting" ? now : restarting_at;
      return [{ ...heard, restarting_at: ends_at, told_bye: message.reason }, []];
    }
    case "beat": {
      const samples = sampled(heard.samples, message.sent_ms, message.server_ms, now);
      const peer_heard_ms = message.peer_ms ?? null;
      return [{ ...heard, samples, offset_ms: offset_of(samples), peer_heard_ms }, []];
    }
    case "alert": return alerted(heard, message, now);
    case "done": return answered(heard, message.id, (p) => ({ ...p, is_done: true }));
    case "refused": return refused(heard, message, now);
    case "fate": return fated(heard, message);
    case "signal": return [heard, [{ type: "line_words", data: message.data }]];
    case "knock": case "invitation": return [{ ...heard, [message.type]: message }, []];
    default: return [heard, []];
  }
}

/** Take up the answer to a tap that went by HTTP. Only an answer that names the tap is ours. It
 * proves that the server knows the tap, and no more: until a state says what became of it, this
 * page goes on showing it.
 * @param {Link} state @param {{id: string | undefined, told: Foreign}} answer @returns {Linked} */
function told_by_post(state, { id, told }) {
  const is_answer = ["done", "told", "refused"].includes(String(told?.type));
  if (!told || told.id !== id || !is_answer) return [state, []];
  const pending = state.pending.map((p) => (p.id === id ? { ...p, post_at: Infinity } : p));
  const { fate } = state;
  const is_waiting = fate?.alert === `${state.role}:${id}` && fate.status === "sending";
  const is_it = is_waiting && told.type !== "refused";
  return [{ ...state, pending, fate: is_it ? { ...fate, status: "sent" } : fate }, []];
}

/** Take up a refusal. The screen must show one of a tap that is not sent again: nothing else moves.
 * @param {Link} state @param {RefusedCommand} answer @param {number} now @returns {Linked} */
function refused(state, { id, reason }, now) {
  const calm = state.calm?.id === id ? { ...state.calm, refused_at: now, reason } : state.calm;
  const heard = { ...state, calm };
  return is_final(reason) ? answered(heard, id, () => null) : [heard, []];
}

/** Take up a state, but never an older one. (epoch, seq) names one state of the room; the same seq
 * again is a newer view of it.
 * @param {Link} state @param {StateTold} message */
function with_state(state, message) {
  const old = state.server;
  const is_older = old?.epoch === message.epoch && message.seq < old.seq;
  return is_older ? state : covered(with_peer(state, message), message);
}

/** Take up that the other phone was heard within its lease, which may be newer than the last beat.
 * @param {Link} state @param {StateTold} message */
function with_peer(state, { seats, now_ms }) {
  const { link } = seats[state.role === "client" ? "partner" : "client"];
  if (link !== "live" || state.peer_heard_ms === null) return state;
  return { ...state, peer_heard_ms: Math.max(state.peer_heard_ms, now_ms - WEAK_AFTER_MS) };
}
