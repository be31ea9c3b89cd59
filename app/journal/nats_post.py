"""The post between servers, over the connection to the engine; post.py says what it promises.

What is sent goes straight to the transport: a task and the client's own way cost 0.6 ms more,
measured from a STOP's tap to its alert.
"""

from __future__ import annotations

import asyncio

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from app.journal.nats_engine import Engine
from app.journal.post import Answer, Hear, NobodyThere, NotReached

log = structlog.get_logger()


class NatsPost:
    """The post of one server."""

    def __init__(self, engine: Engine) -> None:
        self.srv = engine.srv
        self.when_back = engine.when_back
        self._client = engine.client
        self._answering: set[asyncio.Task[None]] = set()

    def send(self, subject: str, data: bytes) -> bool:
        """Send to whoever listens; return whether it went out."""
        transport = self._client._transport
        if len(data) > self._client.max_payload:  # the engine would cut the connection for it
            log.error("post_too_big", size=len(data))
            return False
        if transport is None or not self._client.is_connected:
            return False
        transport.write(b"PUB %s %d\r\n%s\r\n" % (subject.encode(), len(data), data))
        return True

    async def ask(self, subject: str, data: bytes, within_s: float) -> bytes:
        """Ask whoever listens."""
        try:
            answer = await self._client.request(subject, data, timeout=within_s)
        except NoRespondersError as e:
            raise NobodyThere(subject) from e
        except (NatsError, TimeoutError, OSError) as e:
            raise NotReached(subject) from e
        return answer.data

    async def listen(self, subject: str, hear: Hear) -> None:
        """Hear what is sent to a subject."""

        async def heard(message: Msg) -> None:
            hear(message.data)

        await self._client.subscribe(subject, cb=heard)
        await self._client.flush()

    async def answer(self, subject: str, answer: Answer) -> None:
        """Answer what is asked at a subject; one slow answer holds up no other."""

        async def answered(message: Msg) -> None:
            told = await answer(message.data)
            if message.reply:
                self.send(message.reply, told)

        async def heard(message: Msg) -> None:
            task = asyncio.create_task(answered(message))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

        await self._client.subscribe(subject, cb=heard)
        await self._client.flush()
