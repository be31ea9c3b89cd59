// States, inputs and effects of the reducers of a phone. Types only: no phone loads this file.

import type { Foreign } from "../answer.js";
import type { AlertTold, InvitationTold, KnockTold, StateTold, TimerTold, Told } from "./told";

export type { StateTold, TimerTold, Told } from "./told";

/** What a page shows: words to select on, and numbers and ids to fill in. */
export type Facts = Record<string, string>;
export type Slots = Record<string, string>;

export interface Picture {
  facts: Facts;
  slots: Slots;
  /** The part of the countdown that is left, and how full the breath is: 0 to 1. */
  ring: number;
  breath: number;
  /** How long this stays true if nothing happens, ms. */
  stays_ms: number;
}

// ---- link.js ----

/** What a button says besides its command. */
export type Fields = Record<string, string>;

/** A message of a phone. */
export interface ToServer {
  type: string;
  id?: string;
  [field: string]: unknown;
}

/** A tap as a message. */
export interface TapMessage extends ToServer {
  id: string;
  /** For a pain only. */
  flag?: string;
  stop?: string;
  qualities?: string[];
}

/** A STOP, EASE or PAIN on its way: sent again until it is written and the other page shows it. */
export interface UrgentTap {
  id: string;
  /** The id of the alert that it raises. */
  alert: string;
  command: string;
  message: TapMessage;
  at: number;
  sent_at: number;
  post_at: number;
  is_done: boolean;
  is_shown: boolean;
  /** It tells more about a pain that is known, and raises no alert. */
  is_detail: boolean;
}

/** The fate of the last urgent tap. */
export interface TapFate {
  alert: string;
  command: string;
  status: "sending" | "sent" | "shown";
  at: number;
  shown_ms: number | null;
}

/** The last tap that is not sent again. */
export interface CalmTap {
  id: string;
  command: string;
  refused_at: number | null;
  reason?: string;
}

export interface Alert extends Pick<AlertTold, "alert" | "kind" | "by" | "cause" | "drill"> {
  at: number;
  /** So far it came by the direct line alone. */
  is_direct: boolean;
  is_painted: boolean;
  /** A later state includes it. */
  is_covered: boolean;
  known_at?: number;
}

/** One exchange with the server's clock. */
export interface Sample {
  rtt_ms: number;
  offset_ms: number;
}

/** What was found out by HTTP while there is no contact. */
export interface Found {
  /** The newest answer; null before the first. */
  answer: FoundAnswer | null;
  /** Whether the browser says that there is a network. */
  is_online: boolean;
  is_https: boolean;
  /** How far this phone's clock is ahead of the server's. */
  clock_off_ms: number | null;
  /** The server has said that it is ending. */
  is_restarting: boolean;
}

export interface FoundAnswer {
  kind: "ours" | "foreign" | "none";
  code: string | null;
  reason: string | null;
}

export type Ending = "moved" | "gone" | "reload" | "deleted";

/** What is stored for a reload. */
export interface Saved {
  pending: UrgentTap[];
  flag: string | null;
}

export interface Link {
  role: string;
  /** Around 1: how much slower or quicker than others it asks again. */
  spread: number;
  status: "closed" | "opening" | "open" | "final";
  tries: number;
  retry_at: number;
  opening_at: number;
  opened_at: number;
  bye: Ending | null;
  /** Whether the server itself has spoken on this socket. */
  is_proven: boolean;
  found: (Found & { tries: number }) | null;
  restarting_at: number;
  server: StateTold | null;
  heard_at: number;
  /** When the server last heard the phone across the mat. */
  peer_heard_ms: number | null;
  samples: Sample[];
  offset_ms: number;
  beat_n: number;
  beat_at: number;
  visible: boolean;
  sound: string;
  awake: boolean;
  faults: number;
  /** Whether the direct line is open. */
  direct: boolean;
  /** Whether the newest picture is on the page. */
  painting: boolean;
  pending: UrgentTap[];
  alerts: Alert[];
  fate: TapFate | null;
  calm: CalmTap | null;
  /** The pain flag that this phone raised last. */
  flag: string | null;
  knock: KnockTold | null;
  invitation: InvitationTold | null;
  told_bye: string | null;
}

/** What each beat says of the page. */
export interface Status {
  visible: boolean;
  sound: string;
  awake: boolean;
  faults: number;
}

export type LinkInput =
  | { type: "tick" | "opened" | "reconnect" }
  | { type: "closed"; code: number; is_hung?: boolean }
  | { type: "message"; message: Foreign }
  | { type: "tap"; id: string; command: string; fields: Fields }
  | { type: "painted"; alerts: string[] }
  | { type: "direct_line"; is_open: boolean }
  | { type: "direct"; message: Foreign }
  | { type: "posted"; id: string | undefined; told: Foreign }
  | { type: "painting"; is_live: boolean }
  | ({ type: "status" } & Status)
  | { type: "wake"; slept_ms?: number }
  | { type: "checked"; found: Found }
  | { type: "restored"; saved: Foreign };

export type LinkEffect =
  | { type: "send" | "post"; message: ToServer }
  | { type: "direct"; message: DirectMessage }
  | { type: "open" | "check" | "reload" }
  | { type: "save"; saved: Saved }
  | { type: "line_words"; data: string }
  | { type: "refused_locally"; command: string };

export type Linked = [Link, LinkEffect[]];

/** A message of the direct line. */
export type DirectMessage = { type: "seen"; alert: string } | AlertTold;

// ---- failsafe.js ----

export interface Failsafe {
  lost: boolean;
  /** The phase in which a hold ran out by this phone's own clock. */
  over_no: number | null;
  /** The phase that this phone has eased by itself. */
  eased_no: number | null;
  /** The GOOD that was the newest when it was eased. */
  good: string | null;
}

// ---- facts.js ----

/** What the page shows besides its state of the room. */
export interface Looks {
  link: Link;
  failsafe: Failsafe;
  voice?: string;
  hears?: string;
  pace?: string;
  thumb?: string;
  is_stuck?: boolean;
  looks?: { handed: string; pacer: string };
  done?: Done;
}

/** What was done on this phone and concerns nobody else. */
export interface Done {
  skipped_ms?: number;
  short_at?: number;
  sampled_at?: number;
}

// ---- thumb.js ----

export interface Thumb {
  chosen: boolean;
  phase: string;
  pointer: number | null;
  missing_at: number | null;
}

export type ThumbInput =
  | { type: "chosen"; chosen: boolean }
  | { type: "phase"; phase: string }
  | { type: "down" | "up"; pointer: number };

// ---- queue.js ----

/**
 * `is_timely`: now or never, and it may cut what is equally severe; `is_filler`: only into silence.
 * A cue with neither sound nor words takes back what is of its kind.
 */
export interface Cue {
  kind: string;
  severity: number;
  /** The name of a tone. */
  sound?: string | undefined;
  /** The key of the words. */
  key?: string | undefined;
  is_timely?: boolean;
  is_filler?: boolean;
}

export interface Playing {
  cue: Cue;
  n: number;
  stage: "tone" | "gap" | "word";
  began: number;
  until: number;
  is_started?: boolean;
}

export interface Waiting {
  cue: Cue;
  at: number;
}

export interface Queue {
  current: Playing | null;
  waiting: Waiting[];
  n: number;
  has_sound: boolean;
  has_voice: boolean;
  is_failed: boolean;
}

export type QueueInput =
  | { type: "cue"; cue: Cue }
  | { type: "tick" | "silence" }
  | { type: "has"; sound: boolean; voice: boolean }
  | { type: "started" | "ended" | "failed"; n: number };

export type QueueEffect =
  | { type: "hush" }
  | { type: "sound"; name: string }
  | { type: "speak"; n: number; key: string };

export type Queued = [Queue, QueueEffect[]];
