"""The truth: an append-only log of events for each room, and a directory beside it."""
