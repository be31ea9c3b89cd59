// Numbers that pages share with the server, which makes the script.
// Made by `python -m tests.types.told`.

export const PROTOCOL_VERSION: number;
export const BEAT_MS: number;
export const BEAT_HANDS_ON_MS: number;
export const WEAK_AFTER_MS: number;
export const LOST_AFTER_MS: number;
export const WAY_BACK_AFTER_MS: number;
export const SHOWN_WITHIN_MS: number;
export const ASK_AFTER_MS: number;
export const STANDING_DAYS: number;
export const MOST_MESSAGE_BYTES: number;
export const MOST_DIRECT_LINE_CHARS: number;
export const MOST_ID_CHARS: number;
export const CLOSE_RESTARTING: number;
export const CLOSE_SLOW: number;
export const CLOSE_GONE: number;
export const CLOSE_MOVED: number;
export const CLOSE_OTHER_VERSION: number;
export const HANDS_ON: readonly string[];
export const PUSHING: readonly string[];
export const FORCE: readonly string[];
export const HANDS_OFF: readonly string[];
export const BEFORE_STRETCHES: readonly string[];
