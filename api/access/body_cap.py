"""Bodies are read up to a size and no further, whatever Content-Length says."""

from __future__ import annotations

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..problems import Answer, Problem

__all__ = ["BodyCap"]


class _TooLargeError(Exception):
    pass


class BodyCap:
    """Middleware that answers 413 once a body is larger than what is allowed."""

    def __init__(self, app: ASGIApp, *, most_bytes: int, answer: Answer) -> None:
        self.app = app
        self.most_bytes = most_bytes
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seen, too_large, begun = 0, False, False

        async def counted() -> Message:
            nonlocal seen, too_large
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.most_bytes:
                too_large = True
                raise _TooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal begun
            if too_large and not begun:
                # Whatever the endpoint makes of a body that broke off, it is not the answer.
                raise _TooLargeError
            begun = True
            await send(message)

        try:
            await self.app(scope, counted, noted)
        except _TooLargeError:
            if begun:  # half an answer is out: the server must break the connection
                raise
            problem = Problem(
                "content-too-large", f"send at most {self.most_bytes} bytes in one request"
            )
            await self.answer(Request(scope, receive), problem)(scope, receive, send)
