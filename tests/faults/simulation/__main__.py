"""Replay one seed and tell what happens: `python -m tests.faults.simulation SEED`."""

from __future__ import annotations

import asyncio
import sys

from tests.faults.simulation.quiet import quiet
from tests.faults.simulation.world import World

quiet()
print(asyncio.run(World(int(sys.argv[1]), is_told=True).run()))
