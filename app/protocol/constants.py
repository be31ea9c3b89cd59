"""The numbers and words that the server and phones agree on: one place, for both.

Phones load them as a script, made by app/screen/constants.py. What only one side uses stands with
that side.
"""

from __future__ import annotations

from typing import Final

PROTOCOL_VERSION: Final = 1

# Contact. Milliseconds.
BEAT_MS: Final = 1_000
BEAT_HANDS_ON_MS: Final = 500
WEAK_AFTER_MS: Final = 2_000
LOST_AFTER_MS: Final = 3_000
WAY_BACK_AFTER_MS: Final = 10_000
SHOWN_WITHIN_MS: Final = 500  # after that the phone that sent a signal speaks it too

ASK_AFTER_MS: Final = 20_000  # into easing in, the partner is told to ask
STANDING_DAYS: Final = 30  # the client's own phone remembers the standing answers

MOST_MESSAGE_BYTES: Final = 2_048
MOST_DIRECT_LINE_CHARS: Final = 1_800  # in one message that lays the direct line
MOST_ID_CHARS: Final = 64

# Why a live socket is closed. A page that is told MOVED or GONE does not come back by itself.
CLOSE_RESTARTING: Final = 1012
CLOSE_SLOW: Final = 1013
CLOSE_GONE: Final = 4404
CLOSE_MOVED: Final = 4409
CLOSE_OTHER_VERSION: Final = 4426
