"""The real hub and the very reducers that phones run, on one virtual clock, under seeded faults.

`python -m tests.faults.simulation SEED` replays one seed and prints what happened.
"""
