// What the server tells (app/protocol/to_phone.py). Made by `python -m tests.types.told`.

export type BeatAnswer = {
  type: "beat";
  n: number;
  sent_ms: number;
  server_ms: number;
  peer_ms: number | null;
};

export type Done = {
  type: "done";
  id: string;
};

export type RefusedCommand = {
  type: "refused";
  id: string | null;
  reason: string;
};

export type AlertTold = {
  type: "alert";
  alert: string;
  kind: "stop" | "ease" | "good" | "contact";
  by: string;
  cause: string | null;
  drill: boolean;
  at_ms: number;
};

export type Fate = {
  type: "fate";
  alert: string;
  shown_ms: number;
};

export type KnockTold = {
  type: "knock";
  knock: string;
  words: [string, string];
  role: string;
};

export type InvitationTold = {
  type: "invitation";
  code: string;
  url: string;
  expires_ms: number;
  role: string;
};

export type DirectLineTold = {
  type: "signal";
  data: string;
};

export type Bye = {
  type: "bye";
  reason: "restarting" | "moved" | "gone" | "deleted" | "reload" | "slow";
};

export type RoutineItem = {
  stretch: string;
  hold_s: number;
  reps: number;
  rest_s: number;
  first_side: "left" | "right" | "both";
};

export type Routine = {
  items: RoutineItem[];
  warm_up_s: number;
  name: string | null;
};

export type Step = {
  index: number;
  count: number;
  stretch: string;
  side: string;
  rep: number;
  reps: number;
  wish: string | null;
};

export type TimerTold = {
  kind: "warm_up" | "ask" | "hold" | "eased" | "come_out" | "rest";
  length_ms: number;
  remaining_ms: number;
  ends_ms: number | null;
};

export type DrillTold = {
  alert: string;
  shown_ms: number | null;
  answered: boolean;
};

export type FlagTold = {
  quality: string | null;
  qualities: string[];
  place: string | null;
  level: number | null;
};

export type StopTold = {
  stop: string;
  by: string;
  cause: string;
  flag: FlagTold | null;
  let_go: boolean;
  at_ms: number;
  options: string[];
  suggest: string;
};

export type FeltTold = {
  place: string;
  expected: boolean;
};

export type EndTold = {
  reason: string;
};

export type SeatTold = {
  phone: "own" | "shared" | "none";
  taken: boolean;
  link: string;
  ready: boolean;
  visible: boolean;
  sound: string;
  awake: boolean;
  silent_since_ms: number | null;
};

export type StateTold = {
  type: "state";
  v: number;
  epoch: string;
  seq: number;
  phase_no: number;
  now_ms: number;
  role: string;
  room: string;
  host: boolean;
  phase: string;
  cause: string | null;
  todo: string[];
  routine: Routine;
  step: Step | null;
  next: Step | null;
  needs_partner: boolean;
  gentle: boolean;
  timer: TimerTold | null;
  drill: DrillTold | null;
  stop: StopTold | null;
  closed: string[];
  felt: FeltTold | null;
  wishes: string[];
  severity: string;
  ended: EndTold | null;
  seats: { client: SeatTold; partner: SeatTold; [role: string]: SeatTold | undefined };
  displays: number;
  restarting: boolean;
  may: string[];
};

export type Told =
  | BeatAnswer
  | Done
  | RefusedCommand
  | AlertTold
  | Fate
  | KnockTold
  | InvitationTold
  | DirectLineTold
  | Bye
  | StateTold;
