"""The connection to a NATS engine, and the streams that several servers share.

Knows subjects, sequences and headers, nothing of what they mean. Every error becomes one of ours:
SeqConflict where the engine refuses an expected sequence, JournalUnavailable for anything else and
for no answer within `ANSWER_S`. Source: docs.nats.io, "JetStream"; its ADR-31 for direct gets.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import DiscardPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError

from app.errors import ConfigError, JournalUnavailable, SeqConflict

ANSWER_S = 1.0
MAKE_S = 10.0  # a stream of three replicas elects its leader first
CONNECT_S = 3
TRIES, TRY_AGAIN_S = 20, 0.5  # nodes that start together elect a leader first
SHARDS = 8  # streams that share the log; fixed when a cluster is made
REPLICAS = 3
MANY = 1_000  # messages that one direct get asks for
CONFLICTS = (10071, 10164)  # wrong last sequence, and the same while an earlier append is under way
IS_THERE, TOO_FEW_NODES = 10058, (10005, 10023, 10074)
META, CLUSTER = "SW_META", "sw.meta.cluster"
EXPECTED = "Nats-Expected-Last-Subject-Sequence"


@dataclass(frozen=True, slots=True)
class Stored:
    """A message of a stream: its subject, where it stands there, its headers and its body."""

    subject: str
    at: int
    headers: Mapping[str, str]
    body: bytes


class Agreed(msgspec.Struct, frozen=True):
    """What all servers of a cluster agree on: the journal's name, and how many shards it has."""

    epoch: str
    shards: int


class Engine:
    """One server's connection. `srv` names this server, anew at every start."""

    def __init__(self, client: Client, replicas: int, agreed: Agreed) -> None:
        self.client = client
        self.srv = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(8))
        self.epoch = agreed.epoch
        self.shards = agreed.shards
        self._replicas = replicas
        self.when_back: list[Callable[[], None]] = []  # called once the connection is there again

    @classmethod
    async def open(
        cls, urls: Sequence[str], *, is_loss_accepted: bool = False, tries: int = TRIES
    ) -> Engine:
        """Connect, and make what the engine does not have yet; its nodes may just be starting.

        Raises ConfigError where no engine answers, or where it has fewer than three nodes; one will
        do where `is_loss_accepted`.
        """
        for _ in range(tries - 1):
            try:
                return await cls._open(urls, is_loss_accepted=is_loss_accepted)
            except ConfigError:
                await asyncio.sleep(TRY_AGAIN_S)
        return await cls._open(urls, is_loss_accepted=is_loss_accepted)

    @classmethod
    async def _open(cls, urls: Sequence[str], *, is_loss_accepted: bool) -> Engine:
        back: list[Callable[[], None]] = []
        client = await _connect(urls, back)
        try:
            replicas = await _make_meta(client, is_loss_accepted=is_loss_accepted)
            engine = cls(client, replicas, await _agree(client))
            back.append(engine._is_back)
            return engine
        except BaseException:
            await client.close()
            raise

    async def make(self, name: str, subject: str, **more: Any) -> None:
        """Make a stream, unless it is there."""
        try:
            await _make(self.client, self._replicas, name, subject, **more)
        except (APIError, NatsError) as e:
            raise ConfigError(f"The engine does not make the stream {name}: {e}") from e

    def _is_back(self) -> None:
        for tell in self.when_back:
            tell()

    async def append(
        self, subject: str, body: bytes, headers: Mapping[str, str], expected: int | None = None
    ) -> int:
        """Append a message to a stream and return where it stands there.

        `expected` is where the newest one of its subject stands, 0 where there is none. Raises
        SeqConflict where it stands elsewhere.
        """
        told = dict(headers) | ({EXPECTED: str(expected)} if expected is not None else {})
        with _ours():
            answer = await self.client.request(subject, body, timeout=ANSWER_S, headers=told)
            said = json.loads(answer.data)
            if "error" in said:
                raise APIError.from_error(said["error"])
            return int(said["seq"])

    async def last(self, stream: str, subject: str) -> Stored | None:
        """Return the newest message of a subject, or None.

        Any node answers, maybe with one that is no longer the newest; whether there is none at all
        only the leader says.
        """
        with _ours():
            direct = f"$JS.API.DIRECT.GET.{stream}.{subject}"
            answer = await self.client.request(direct, timeout=ANSWER_S)
            if answer.headers and "Nats-Sequence" in answer.headers:
                return _stored(answer.headers, answer.data)
            try:
                found = await self.client.jetstream(timeout=ANSWER_S).get_last_msg(stream, subject)
            except NotFoundError:
                return None
            return Stored(subject, found.seq or 0, found.headers or {}, found.data or b"")

    async def all(self, stream: str, subject: str) -> list[Stored]:
        """Return all messages of a subject, which may have wildcards, in order."""
        found: list[Stored] = []
        has_more = True
        while has_more:
            with _ours():
                part, has_more = await self._some(stream, subject, found[-1].at + 1 if found else 1)
            found += part
        return found

    async def _some(self, stream: str, subject: str, first: int) -> tuple[list[Stored], bool]:
        """Return messages from one on, and whether there are more."""
        asked = json.dumps({"seq": first, "next_by_subj": subject, "batch": MANY}).encode()
        inbox = self.client.new_inbox()
        answers = await self.client.subscribe(inbox)
        found: list[Stored] = []
        try:
            await self.client.publish(f"$JS.API.DIRECT.GET.{stream}", asked, reply=inbox)
            while True:
                answer = await answers.next_msg(timeout=ANSWER_S)
                headers = answer.headers or {}
                if "Nats-Sequence" in headers:
                    found.append(_stored(headers, answer.data))
                elif headers.get("Status") in ("204", "404"):  # the end of these; there are none
                    return found, bool(found) and headers.get("Nats-Num-Pending", "0") != "0"
                else:
                    raise JournalUnavailable(f"the engine says {headers.get('Description')}")
        finally:
            await answers.unsubscribe()

    async def subjects(self, stream: str) -> list[str]:
        """List the subjects of a stream."""
        with _ours():
            js = self.client.jetstream(timeout=ANSWER_S)
            found = await js.stream_info(stream, subjects_filter=">")
            return list(found.state.subjects or ())

    async def purge(self, stream: str, subject: str) -> None:
        """Delete all messages of a subject, which may have wildcards."""
        with _ours():
            await self.client.jetstream(timeout=ANSWER_S).purge_stream(stream, subject=subject)

    async def is_writable(self) -> bool:
        """Return whether the engine's leader answers."""
        try:
            return await self._leads()
        except JournalUnavailable:
            return False

    async def _leads(self) -> bool:
        with _ours():
            found = await self.client.jetstream(timeout=ANSWER_S).stream_info(META)
            return found.cluster is None or bool(found.cluster.leader)

    async def close(self) -> None:
        """Close the connection."""
        await self.client.close()


async def _connect(urls: Sequence[str], back: Sequence[Callable[[], None]]) -> Client:
    async def ignore(_: Exception) -> None:  # each is raised where it is caused, or mends itself
        pass

    async def reconnected() -> None:
        for tell in back:
            tell()

    try:
        return await asyncio.wait_for(
            nats.connect(
                list(urls),
                error_cb=ignore,
                reconnected_cb=reconnected,
                connect_timeout=CONNECT_S,
                max_reconnect_attempts=-1,
                reconnect_time_wait=0.05,
                ping_interval=2,
                max_outstanding_pings=2,
                pending_size=0,  # what can't be sent now must not be sent by surprise later
                allow_reconnect=True,
            ),
            2 * CONNECT_S,
        )
    except (NatsError, OSError, TimeoutError, ValueError) as e:
        named = ", ".join(url.rpartition("@")[2] for url in urls)
        raise ConfigError(
            f"No engine answers at {named} ({type(e).__name__}). Start nats-server with JetStream "
            "there, or serve without --journal."
        ) from e


async def _make_meta(client: Client, *, is_loss_accepted: bool) -> int:
    """Make the stream that says what all agree on, and return how many replicas there are."""
    try:
        replicas = await _replicas(client, is_loss_accepted=is_loss_accepted)
    except APIError as e:
        raise ConfigError(f"The engine can't be used: {e.description}.") from e
    except NatsError as e:
        raise ConfigError(
            "The engine does not answer as one with JetStream does. Start nats-server with -js."
        ) from e
    if replicas < REPLICAS and not is_loss_accepted:
        raise ConfigError(
            "The engine has fewer than three nodes: with one of them, sessions would be lost. "
            "Start three, or say --i-accept-loss."
        )
    return replicas


async def _replicas(client: Client, *, is_loss_accepted: bool) -> int:
    try:
        await _make(client, REPLICAS, META, CLUSTER)
    except APIError as e:
        if e.err_code not in TOO_FEW_NODES:
            raise
        if not is_loss_accepted:  # its other nodes may come yet: what is made now would stay
            return 1
        await _make(client, 1, META, CLUSTER)
    found = await client.jetstream(timeout=MAKE_S).stream_info(META)
    return found.config.num_replicas or 1


async def _make(client: Client, replicas: int, name: str, subject: str, **more: Any) -> None:
    config = StreamConfig(
        name=name,
        subjects=[subject],
        storage=StorageType.FILE,
        num_replicas=replicas,
        allow_direct=True,
        **({"discard": DiscardPolicy.NEW} | more),
    )
    try:
        await client.jetstream(timeout=MAKE_S).add_stream(config)
    except APIError as e:
        if e.err_code != IS_THERE:
            raise


async def _agree(client: Client) -> Agreed:
    """Write what all agree on, unless somebody has; return what counts."""
    js = client.jetstream(timeout=MAKE_S)
    mine = Agreed(secrets.token_hex(4), SHARDS)
    try:
        await js.publish(CLUSTER, msgspec.json.encode(mine), headers={EXPECTED: "0"})
    except APIError as e:
        if e.err_code not in CONFLICTS:
            raise ConfigError(f"The engine can't be written: {e.description}.") from e
    except NatsError as e:
        raise ConfigError("The engine's nodes do not agree on a leader.") from e
    found = await js.get_last_msg(META, CLUSTER)
    return msgspec.json.decode(found.data or b"", type=Agreed)


def _stored(headers: Mapping[str, str], body: bytes | None) -> Stored:
    return Stored(headers["Nats-Subject"], int(headers["Nats-Sequence"]), headers, body or b"")


@contextmanager
def _ours() -> Iterator[None]:
    try:
        yield
    except APIError as e:
        if e.err_code in CONFLICTS:
            raise SeqConflict("somebody else has appended") from e
        raise JournalUnavailable(f"the engine does not take it: {e.description}") from e
    except (NatsError, TimeoutError, OSError, ValueError, KeyError) as e:
        raise JournalUnavailable(f"the engine does not answer: {type(e).__name__}") from e
