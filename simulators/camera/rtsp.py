"""An RTSP server for pictures that are drawn: one H.264 stream per path, RTP over the same TCP connection (RFC 2326, 6184)."""

import asyncio
import contextlib
import secrets
import struct
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np

CLOCK = 90_000
LARGEST = 1400
# Bytes that may wait for a reader: some seconds of a small picture.
MOST_WAITING = 300_000
PAYLOAD = 96
Draw = Callable[[], Any]


class Encoder:
    """Frames to H.264 access units; a key frame every two seconds so that who joins soon sees."""

    def __init__(self, size: tuple[int, int], frames_per_s: int) -> None:
        made: Any = av.CodecContext.create("libx264", "w")
        made.width, made.height = size
        made.pix_fmt, made.time_base, made.framerate = "yuv420p", Fraction(1, CLOCK), Fraction(frames_per_s)
        made.gop_size, made.thread_count = 2 * frames_per_s, 1
        made.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "crf": "24"}
        self._codec = made

    def units(self, image: Any, stamp: int) -> list[bytes]:
        """NAL units of a frame."""
        frame: Any = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24").reformat(format="yuv420p")
        frame.pts, frame.time_base = stamp, Fraction(1, CLOCK)
        data = b"".join(bytes(packet) for packet in self._codec.encode(frame))
        parts = data.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")
        return [part for part in parts if part]


class Stream:
    """One camera: draws all the time, encodes only while somebody watches."""

    def __init__(self, size: tuple[int, int], frames_per_s: int, draw: Draw) -> None:
        self.size, self.frames_per_s, self.draw = size, frames_per_s, draw
        self.watchers: set[Watcher] = set()
        self.is_dropped = False

    async def run(self) -> None:
        """Frame by frame."""
        encoder, stamp = Encoder(self.size, self.frames_per_s), 0
        following = asyncio.get_running_loop().time()
        while True:
            image = self.draw()
            if self.is_dropped:
                for watcher in list(self.watchers):
                    watcher.close()
            elif self.watchers:
                units = encoder.units(image, stamp)
                for watcher in list(self.watchers):
                    watcher.send(units, stamp)
            stamp += CLOCK // self.frames_per_s
            following = max(following + 1 / self.frames_per_s, asyncio.get_running_loop().time())
            await asyncio.sleep(following - asyncio.get_running_loop().time())


class Watcher:
    """A connection that plays."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.number, self.source = secrets.randbelow(30_000), secrets.randbits(32)
        self._has_begun = False

    def send(self, units: list[bytes], stamp: int) -> None:
        """An access unit; nothing before a key frame. Who reads too slowly skips to the next key frame instead of falling behind."""
        if self.writer.transport.get_write_buffer_size() > MOST_WAITING:
            self._has_begun = False
            return
        self._has_begun = self._has_begun or any(unit[0] & 0x1F == 7 for unit in units)
        if not self._has_begun:
            return
        for n, unit in enumerate(units):
            self._unit(unit, stamp, is_last=n == len(units) - 1)

    def _unit(self, unit: bytes, stamp: int, *, is_last: bool) -> None:
        if len(unit) <= LARGEST:
            self._packet(unit, stamp, is_last)
            return
        head, body = unit[0], unit[1:]
        for at in range(0, len(body), LARGEST):
            piece, ends = body[at : at + LARGEST], at + LARGEST >= len(body)
            flags = (0x80 if at == 0 else 0) | (0x40 if ends else 0) | (head & 0x1F)
            self._packet(bytes([(head & 0xE0) | 28, flags]) + piece, stamp, is_last and ends)

    def _packet(self, payload: bytes, stamp: int, is_marked: bool) -> None:
        self.number = (self.number + 1) & 0xFFFF
        head = struct.pack("!BBHII", 0x80, PAYLOAD | (0x80 if is_marked else 0), self.number, stamp & 0xFFFFFFFF, self.source)
        self.writer.write(b"$\x00" + struct.pack("!H", len(head) + len(payload)) + head + payload)

    def close(self) -> None:
        """Break the connection off."""
        self.writer.transport.abort()


class Server:
    """Streams by path."""

    def __init__(self, streams: dict[str, Stream]) -> None:
        self.streams = streams

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        watcher, mine = Watcher(writer), None
        session = secrets.token_hex(6)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError, ValueError):
            while True:
                first = await reader.readexactly(1)
                if first == b"$":  # receiver reports: nothing to do with them
                    length = struct.unpack("!xH", await reader.readexactly(3))[0]
                    await reader.readexactly(length)
                    continue
                text = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                verb, url, _version = text.split("\r\n", 1)[0].split(" ")
                heads = {k.strip().lower(): v.strip() for k, _c, v in (row.partition(":") for row in text.split("\r\n")[1:] if row)}
                stream = self.streams.get(_path(url))
                if stream is None or stream.is_dropped:
                    _answer(writer, heads, "404 Not Found")
                    break
                if verb == "DESCRIBE":
                    _answer(writer, heads, "200 OK", {"Content-Type": "application/sdp", "Content-Base": url.rstrip("/") + "/"}, _sdp(stream))
                elif verb == "SETUP" and "TCP" in heads.get("transport", ""):
                    _answer(writer, heads, "200 OK", {"Session": f"{session};timeout=60", "Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"})
                elif verb == "SETUP":
                    _answer(writer, heads, "461 Unsupported Transport")
                elif verb == "PLAY":
                    _answer(writer, heads, "200 OK", {"Session": session, "Range": "npt=0.000-"})
                    mine = stream
                    stream.watchers.add(watcher)
                elif verb == "TEARDOWN":
                    _answer(writer, heads, "200 OK", {"Session": session})
                    break
                else:
                    _answer(writer, heads, "200 OK", {"Session": session, "Public": "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"})
        if mine is not None:
            mine.watchers.discard(watcher)
        writer.close()


def _path(url: str) -> str:
    rest = url.partition("://")[2].partition("/")[2]
    return rest.split("/")[0].split("?")[0]


def _sdp(stream: Stream) -> str:
    return "\r\n".join(
        [
            "v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=street", "c=IN IP4 0.0.0.0", "t=0 0", f"m=video 0 RTP/AVP {PAYLOAD}",
            f"a=rtpmap:{PAYLOAD} H264/{CLOCK}", f"a=fmtp:{PAYLOAD} packetization-mode=1", f"a=framerate:{stream.frames_per_s}",
            "a=control:video", "",
        ]
    )  # fmt: skip


def _answer(writer: asyncio.StreamWriter, heads: dict[str, str], status: str, more: dict[str, str] | None = None, body: str = "") -> None:
    rows = [f"RTSP/1.0 {status}", f"CSeq: {heads.get('cseq', '0')}", *(f"{k}: {v}" for k, v in (more or {}).items())]
    if body:
        rows.append(f"Content-Length: {len(body)}")
    writer.write(("\r\n".join(rows) + "\r\n\r\n" + body).encode())
