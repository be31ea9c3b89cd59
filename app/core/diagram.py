"""docs/phases.md, drawn from the phase table: `python -m app.core.diagram > docs/phases.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from app.core.model import HANDS_ON, Phase, Role
from app.core.phases import TABLE, AnyRow

HEAD = """# The phases of a session

Drawn from the table in `app/core/phases.py`; a test holds the two together. Do not edit by hand:
`python -m app.core.diagram > docs/phases.md`.

With hands on (the partner may be applying force): {hands_on}.
Those are left only through *releasing* or *stopped*.

A row that *tells first* puts an alert on both phones before it is decided and written: its kind,
how severe it is until the commit, and its cause.

"""


def page(table: Sequence[AnyRow] = TABLE) -> str:
    """Return the whole page as Markdown: a Mermaid diagram, then the table."""
    hands_on = ", ".join(phase.value for phase in Phase if phase in HANDS_ON)
    return HEAD.format(hands_on=hands_on) + _diagram(table) + "\n" + _rows(table)


def _name(row: AnyRow) -> str:
    return str(row.command.__struct_config__.tag)


def _diagram(table: Sequence[AnyRow]) -> str:
    arrows: dict[tuple[str, str], dict[str, None]] = {}
    for row in table:
        for start in Phase:
            for end in row.to:
                if start in row.phases and start is not end and not _is_everywhere(row):
                    arrows.setdefault((start.value, end.value), {})[_name(row)] = None
    lines = [f"  {a} --> {b}: {', '.join(names)}" for (a, b), names in arrows.items()]
    everywhere = {_name(row): row.to for row in table if _is_everywhere(row) and row.to}
    notes = [
        f"Wherever it is legal, `{name}` leads to {' or '.join(to)}."
        for name, to in everywhere.items()
    ]
    return "\n".join(
        [
            "```mermaid",
            "stateDiagram-v2",
            "  [*] --> lobby",
            *lines,
            "  ended --> [*]",
            "```",
            "",
            "\n\n".join(notes),
            "",
        ]
    )


def _is_everywhere(row: AnyRow) -> bool:
    return len(row.phases) >= len(Phase) - 1 or (len(row.phases) > 6 and row.to == ("stopped",))


def _rows(table: Sequence[AnyRow]) -> str:
    lines = ["| command | by | in | if | tells first | to |", "|---|---|---|---|---|---|"]
    for row in table:
        guards = ", ".join(guard.name.replace("_", " ") for guard in row.guards)
        lines.append(
            f"| `{_name(row)}` | {_list(Role, row.by)} | {_list(Phase, row.phases)} "
            f"| {guards or '-'} | {_tells(row)} | {', '.join(row.to) or 'stays'} |"
        )
    return "\n".join(lines) + "\n"


def _tells(row: AnyRow) -> str:
    if row.tells is None:
        return "-"
    drill = ", drill" if row.tells.is_drill else ""
    return f"{row.tells.kind} ({row.tells.severity.name.lower()}, {row.tells.cause}{drill})"


def _list(order: Iterable[Phase] | Iterable[Role], chosen: Iterable[object]) -> str:
    members = set(chosen)
    return ", ".join(member.value for member in order if member in members)


if __name__ == "__main__":
    sys.stdout.write(page())
