"""The gateway: POST /sms takes {"to", "text", "reference"}; GET /messages lists; POST /faults sets how to fail.

The same reference sent twice is delivered once and answered with the same id, as real gateways do. Faults:
{"status": 503, "times": 2} answers so the next two times; {"delay_s": 3} waits; {"drop": 1} closes the connection
after accepting, the worst case for a sender.
"""

import asyncio
import json
import time
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any


class Gateway:
    """One gateway with its memory in a folder."""

    def __init__(self, home: Path) -> None:
        self.log = home / "messages.jsonl"
        self.messages: list[dict[str, Any]] = []
        if self.log.exists():
            self.messages = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines() if line]
        self.faults: dict[str, Any] = {}

    def keep(self, message: dict[str, Any]) -> None:
        """Remember a message, on disk too."""
        self.messages.append(message)
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(message, ensure_ascii=False) + "\n")

    def accept_sms(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Deliver one text message; gives status and answer."""
        if not all(isinstance(body.get(k), str) and body[k] for k in ("to", "text", "reference")):
            return 422, {"error": "to, text and reference are needed"}
        if not body["to"].lstrip("+").isdigit():
            return 422, {"error": "not a telephone number"}
        for message in self.messages:
            if message.get("reference") == body["reference"]:
                return 200, {"id": message["id"], "repeated": True}
        message = {"id": f"sms-{len(self.messages) + 1}", "kind": "sms", "at": time.time(), **body}
        self.keep(message)
        return 201, {"id": message["id"]}

    async def serve(self, port: int) -> None:
        """Listen on localhost: HTTP on `port`, SMTP on the next."""
        http = await asyncio.start_server(self.http, "127.0.0.1", port)
        smtp = await asyncio.start_server(self.smtp, "127.0.0.1", port + 1)
        async with http, smtp:
            await asyncio.gather(http.serve_forever(), smtp.serve_forever())

    async def http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request on one connection."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ", 2)
            length = next((int(h.split(":")[1]) for h in head[1:] if h.lower().startswith("content-length:")), 0)
            data = json.loads(await reader.readexactly(min(length, 65536)) or b"{}") if length else {}
            status, answer = await self.answer(method, path, data)
            if status == 0:
                writer.transport.abort()
                return
            body = json.dumps(answer, ensure_ascii=False).encode()
            writer.write(
                f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                "Connection: close\r\n\r\n".encode()
                + body
            )
            await writer.drain()
        except (asyncio.IncompleteReadError, ValueError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(self, method: str, path: str, data: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """What a request gets; status 0 means the connection is cut."""
        if (method, path) == ("GET", "/messages"):
            return 200, {"messages": self.messages[-500:]}
        if (method, path) == ("POST", "/faults"):
            self.faults = data
            return 200, {"faults": data}
        if (method, path) != ("POST", "/sms"):
            return 404, {"error": "not found"}
        if delay := self.faults.get("delay_s"):
            await asyncio.sleep(min(float(delay), 30))
        if self.faults.get("times", 0) > 0:
            self.faults["times"] -= 1
            return int(self.faults.get("status", 503)), {"error": "fault on demand"}
        status, answer = self.accept_sms(data)
        if self.faults.get("drop", 0) > 0:
            self.faults["drop"] -= 1
            return 0, {}
        return status, answer

    async def smtp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A small SMTP conversation: enough for real clients, no relaying."""

        async def say(text: str) -> None:
            writer.write(text.encode() + b"\r\n")
            await writer.drain()

        recipients: list[str] = []
        try:
            await say("220 message-gateway ready")
            while line := (await reader.readline()).decode("latin-1").strip():
                word = line.split(" ")[0].split(":")[0].upper()
                if word in ("EHLO", "HELO"):
                    await say("250 message-gateway")
                elif word == "RCPT":
                    recipients.append(line.split(":", 1)[1].strip(" <>"))
                    await say("250 ok")
                elif word == "DATA":
                    await say("354 go on")
                    raw = b""
                    while (part := await reader.readline()) not in (b".\r\n", b""):
                        raw += part[1:] if part.startswith(b"..") else part
                    mail = message_from_bytes(raw, policy=policy.default)
                    text = mail.get_body(("plain",))
                    self.keep(
                        {
                            "id": f"mail-{len(self.messages) + 1}",
                            "kind": "mail",
                            "at": time.time(),
                            "to": recipients[:],
                            "subject": str(mail["subject"]),
                            "text": text.get_content() if text else "",
                            "reference": str(mail["message-id"]),
                        }
                    )
                    recipients.clear()
                    await say("250 kept")
                elif word == "QUIT":
                    await say("221 bye")
                    break
                else:
                    await say("250 ok")
        except ConnectionError:
            pass
        finally:
            writer.close()
