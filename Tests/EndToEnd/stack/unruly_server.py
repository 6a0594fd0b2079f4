"""The process behind `unruly.py`: an HTTP server that misbehaves on request. Run as `unruly_server.py PORT`.

`GET /manner/NAME` sets how everything else is answered from then on; it is itself answered well. `GET
/large/BYTES` is answered with that many bytes as fast as they are taken.
"""

import asyncio
import socket
import struct
import sys

WELL, RESET, GARBAGE, HALF_HEAD, HELD_HALF_HEAD = "well", "reset", "garbage", "half-head", "held-half-head"
PIECE = bytes(64 << 10)
# Closing with a linger of no seconds makes the kernel send RST instead of FIN.
RESETS = struct.pack("ii", 1, 0)


class Server:
    def __init__(self) -> None:
        self._manner = WELL

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1].decode()
                await self._skip_body(head, reader)
                if not await self._answer(path, writer):
                    return
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _skip_body(self, head: bytes, reader: asyncio.StreamReader) -> None:
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                await reader.readexactly(int(line.partition(b":")[2]))

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> bool:
        """Answers whether the connection goes on."""
        if path.startswith("/manner/"):
            self._manner = path.removeprefix("/manner/")
        elif self._manner != WELL:
            return await self._misbehave(writer)
        if path.startswith("/large/"):
            await self._send_much(int(path.removeprefix("/large/")), writer)
        else:
            body = path.encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            await writer.drain()
        return True

    async def _misbehave(self, writer: asyncio.StreamWriter) -> bool:
        if self._manner == RESET:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESETS)
            writer.transport.abort()
        elif self._manner == GARBAGE:
            writer.write(b"\x16\x03\x01 this is no answer to anything\r\n\r\n")
        elif self._manner in (HALF_HEAD, HELD_HALF_HEAD):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Cut")
        else:
            raise ValueError(self._manner)
        return self._manner == HELD_HALF_HEAD

    async def _send_much(self, size: int, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        while size > 0:
            writer.write(PIECE[:size])
            size -= min(size, len(PIECE))
            await writer.drain()


async def main(port: int) -> None:
    server = await asyncio.start_server(Server().serve, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
