"""What the server counts about itself, for Prometheus. No names, no addresses, no rooms."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge

from app.hub.rooms import Rooms


class Metrics:
    """One registry an app, so that tests can have many."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._rooms = Gauge("saywhen_rooms", "Rooms in memory", registry=self.registry)
        self._phones = Gauge("saywhen_phones", "Open live sockets", registry=self.registry)

    def watch(self, rooms: Rooms) -> None:
        """Count these rooms whenever somebody asks."""
        self._rooms.set_function(lambda: len(rooms))
        self._phones.set_function(lambda: sum(len(room.listeners) for room in rooms))
