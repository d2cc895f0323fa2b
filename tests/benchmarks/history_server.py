"""A fast loopback stand-in for Smaily's action log: every page is rendered before the first request.

    python -m tests.benchmarks.history_server RECORDS LATENCY_SECONDS gzip|identity

Prints its port, then serves `GET …/history.php?since_seq_id=N&limit=10000` on any number of connections.
Vendors compress, so gzip is the usual case; identity shows the cost without decompression.
"""

import gzip
import hashlib
import socket
import sys
import threading
import time

PAGE = 10_000
RECORD_BYTES = 551
ACTIONS = ("send", "view", "click")
VALUES = (
    "",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15; 203.0.113.7; EE",
    "https://shop.example.com/product/{n}?utm_source=smaily&utm_medium=email&utm_campaign=autumn-{n}",
)
FILLER = "&utm_term=" + "newsletter-readers-of-the-autumn-campaign-" * 10


def record(seq_id: int) -> str:
    """One action of 551 bytes of 100,000 persons, with a token of 64 random digits like a tracked link."""
    kind = seq_id % 3
    person = seq_id * 2_654_435_761 % 100_000
    value = VALUES[kind].replace("{n}", str(seq_id % 997))
    text = (
        f'{{"seq_id":{seq_id},"email":"person{person}@mail.example.com",'
        f'"time":"2026-11-{1 + seq_id % 15:02d} {seq_id % 24:02d}:{seq_id % 60:02d}:{seq_id % 59:02d}",'
        f'"campaign_id":{seq_id % 40},"campaign_name":"Offers of week {seq_id % 40}",'
        f'"action":"{ACTIONS[kind]}","value":"{value}'
    )
    filler = "&token=" + hashlib.sha256(str(seq_id).encode()).hexdigest() + FILLER
    return text + filler[: RECORD_BYTES - 2 - len(text)] + '"}'


def render(records: int, encoding: str) -> list[bytes]:
    """All pages as HTTP responses, and an empty one at the end."""
    pages = []
    for start in range(1, records + PAGE + 1, PAGE):
        body = ("[" + ",".join(map(record, range(start, min(start + PAGE, records + 1)))) + "]").encode()
        if encoding == "gzip":
            body = gzip.compress(body, compresslevel=1)
        head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
        head += f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"
        pages.append(head.encode() + body)
    return pages


def serve(connection: socket.socket, pages: list[bytes], latency: float) -> None:
    """Serve one connection until its client closes it."""
    with connection:
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
            while b"\r\n\r\n" in received:
                line, received = received.split(b"\r\n\r\n", 1)
                target = line.split(b" ", 2)[1]
                after = target.partition(b"since_seq_id=")[2].partition(b"&")[0]
                time.sleep(latency)
                connection.sendall(pages[min(int(after or 0) // PAGE, len(pages) - 1)])


def main(records: int, latency: float, encoding: str) -> None:
    pages = render(records, encoding)
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            connection, _ = server.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=serve, args=(connection, pages, latency), daemon=True).start()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3])
