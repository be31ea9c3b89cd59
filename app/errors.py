"""The whole tree of errors. Each knows its machine word, its HTTP status and its socket close code.

Adapters translate what they catch into one of these (`raise … from e`); one HTTP handler and one
socket mapper turn them into answers. Must not know anything else of the app.
"""

from __future__ import annotations

from typing import Literal

# The last three: no cookie came at all; cookies came, but none for this room; another phone has the
# seat by now.
ForbiddenWhy = Literal[
    "not_yours", "no_origin", "foreign_origin", "no_cookie", "no_seat", "seat_moved"
]


class AppError(Exception):
    """Anything that goes wrong in a way the app foresaw."""

    code = "error"
    status = 500
    close_code = 1011


class ConfigError(AppError):
    """A setting, a port or a folder the server can't start with. Its text says what to do."""

    code = "bad_setting"


class ContentError(AppError):
    """A file of content/ that can't be used. Its text names file, field and what is wrong."""

    code = "bad_content"


class Elsewhere(Exception):
    """Not an error: the room is another server's, and `srv` names it. Whoever asks goes there."""

    def __init__(self, srv: str) -> None:
        super().__init__(srv)
        self.srv = srv


class WireError(AppError):
    """A message that is not one of ours. `id` is the command's id where it could be read."""

    code = "malformed"
    status = 422
    close_code = 1008

    def __init__(self, detail: str, id: str | None = None) -> None:
        super().__init__(detail)
        self.id = id


class TooBig(WireError):
    """A frame or body over its limit."""

    code = "too_big"
    status = 413
    close_code = 1009


class HeadTooBig(AppError):
    """More headers than we read: too many cookies, or an address without end."""

    code = "head_too_big"
    status = 431


class TooFast(WireError):
    """More messages or requests than allowed. `retry_after_s` says when to come back."""

    code = "too_fast"
    status = 429

    def __init__(self, detail: str, id: str | None = None, retry_after_s: int = 1) -> None:
        super().__init__(detail, id)
        self.retry_after_s = retry_after_s


class Forbidden(AppError):
    """Not allowed for this seat or this origin. Each `why` needs other advice."""

    code = "forbidden"
    status = 403

    def __init__(self, detail: str, why: ForbiddenWhy = "not_yours") -> None:
        super().__init__(detail)
        self.why = why


class Refused(AppError):
    """A well-formed command the rules don't allow now. The state is as it was."""

    code = "refused"
    status = 409

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PairingError(AppError):
    """A room, seat, invitation or knock that can't be had. `code` is the stable machine word."""

    status = 404

    def __init__(self, code: str, detail: str, status: int = 404) -> None:
        super().__init__(detail)
        self.code = code
        self.status = status


class JournalError(AppError):
    """The journal can't do what was asked."""

    code = "journal_down"
    status = 503


class SeqConflict(JournalError):
    """Someone else has appended to this room: `expected_seq` is not its length."""

    code = "seq_conflict"
    status = 409


class Fenced(SeqConflict):
    """Another server owns this room by now: `by` names it. Nothing more may be told here."""

    code = "journal_down"
    status = 503

    def __init__(self, by: str) -> None:
        super().__init__("another server owns the room")
        self.by = by


class JournalUnavailable(JournalError):
    """The disk is full, read-only, broken or gone; it may come back."""


class JournalTooNew(JournalError):
    """The database was written by a newer version of Say When."""

    code = "journal_too_new"
