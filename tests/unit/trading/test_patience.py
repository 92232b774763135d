"""A refusal waits until the body was read, so that whoever is sending it sees the answer; within bounds."""

import asyncio
from typing import Any

import pytest

from trading.web import edge
from trading.web.edge import patient

PIECE = 1 << 20


def answered(pieces: int, method: str = "POST", reads: int = 0, *headers: tuple[bytes, bytes]) -> tuple[int, list[str]]:
    """How many pieces of a body were received when an application that reads ``reads`` of them answers, and what it sent."""
    received, at_start, sent = 0, 0, list[str]()

    async def receive() -> Any:
        nonlocal received
        if received == pieces:
            await asyncio.Event().wait()  # nothing more comes
        received += 1
        return {"type": "http.request", "body": bytes(PIECE), "more_body": received < pieces}

    async def send(message: Any) -> None:
        nonlocal at_start
        sent.append(message["type"])
        at_start = received if message["type"] == "http.response.start" else at_start

    async def refuses(_scope: Any, reading: Any, answering: Any) -> None:
        for _ in range(reads):
            await reading()
        await answering({"type": "http.response.start", "status": 413, "headers": []})
        await answering({"type": "http.response.body", "body": b"no"})

    scope: Any = {"type": "http", "method": method, "headers": list(headers)}
    asyncio.run(patient(refuses)(scope, receive, send))  # type: ignore[arg-type]
    return at_start, sent


@pytest.mark.parametrize("reads", [0, 1, 3])
def test_a_body_is_read_to_its_end_before_the_answer(reads: int) -> None:
    assert answered(3, "POST", reads) == (3, ["http.response.start", "http.response.body"])


def test_a_body_that_is_too_long_for_that_is_left() -> None:
    assert answered(100)[0] == edge.MOST_UNREAD // PIECE


def test_who_sends_nothing_more_is_answered_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "UNREAD_SECONDS", 0.01)
    monkeypatch.setattr(edge, "MOST_UNREAD", 1000 * PIECE)

    async def silent() -> Any:
        await asyncio.Event().wait()

    sent = list[str]()

    async def send(message: Any) -> None:
        sent.append(message["type"])

    async def refuses(_scope: Any, _reading: Any, answering: Any) -> None:
        await answering({"type": "http.response.start", "status": 413, "headers": []})

    asyncio.run(patient(refuses)({"type": "http", "method": "POST", "headers": []}, silent, send))  # type: ignore[arg-type,typeddict-item]
    assert sent == ["http.response.start"]


@pytest.mark.parametrize(("method", "header"), [("GET", (b"a", b"b")), ("POST", (b"Expect", b"100-continue"))])
def test_who_sends_no_body_or_asks_first_is_answered_at_once(method: str, header: tuple[bytes, bytes]) -> None:
    assert answered(3, method, 0, header)[0] == 0
