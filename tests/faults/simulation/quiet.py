"""The hub's log says what the seeds provoke on purpose: thousands of lines that nobody reads."""

from __future__ import annotations

import logging

import structlog


def quiet() -> None:
    """Keep the log still."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        cache_logger_on_first_use=False,
    )
