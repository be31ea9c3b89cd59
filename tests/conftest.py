"""What every test may ask for."""

from __future__ import annotations

from hypothesis import settings

pytest_plugins = ["tests.support.fixtures"]
# No test fails for the time that a busy machine takes.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")
