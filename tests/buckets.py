"""An object store on this machine that speaks as much of S3 as a shelf needs; who asks without the bucket's key is refused.

PUT (also ``If-None-Match: *``), GET (also a range), HEAD, and ListObjectsV2; objects stand in memory.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qs, unquote, urlsplit


class Store:
    """Buckets: the objects of each by path, and the one key that opens it."""

    def __init__(self, keys: dict[str, str]) -> None:
        self.keys = keys
        self.objects: dict[str, dict[str, bytes]] = {bucket: {} for bucket in keys}
        self.url = ""
        self._lock = Lock()

    def put(self, bucket: str, path: str, raw: bytes, once: bool) -> bool:
        """Keep an object; False when it is there and was to be made."""
        with self._lock:
            if once and path in self.objects[bucket]:
                return False
            self.objects[bucket][path] = raw
            return True


@contextmanager
def serving(**keys: str) -> Iterator[Store]:
    """A store with these buckets, each under an access key of its own."""
    store = Store(keys)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        do_HEAD = do_PUT = do_GET

        def _answer(self) -> None:
            status, raw, part = self._found(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.send_header("ETag", f'"{md5(raw, usedforsecurity=False).hexdigest()}"')
            self.send_header("Last-Modified", "Mon, 02 Mar 2026 00:00:00 GMT")
            if part:
                self.send_header("Content-Range", part)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(raw)

        def _found(self, body: bytes) -> tuple[int, bytes, str]:
            asked = urlsplit(self.path)
            bucket, _, path = unquote(asked.path).lstrip("/").partition("/")
            if f"Credential={store.keys.get(bucket)}/" not in self.headers.get("Authorization", ""):
                return 403, b"", ""
            if self.command == "PUT":
                made = store.put(bucket, path, body, self.headers.get("If-None-Match") == "*")
                return (200 if made else 412), b"", ""
            if not path:
                return 200, _listed(store.objects[bucket], parse_qs(asked.query).get("prefix", [""])[0]), ""
            raw = store.objects[bucket].get(path)
            if raw is None:
                return 404, b"", ""
            part = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
            if part is None:
                return 200, raw, ""
            first, last = int(part[1]), min(int(part[2]), len(raw) - 1)
            return 206, raw[first : last + 1], f"bytes {first}-{last}/{len(raw)}"

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    store.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield store
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _listed(objects: dict[str, bytes], prefix: str) -> bytes:
    found = "".join(
        f"<Contents><Key>{path}</Key><LastModified>2026-03-02T00:00:00.000Z</LastModified><Size>{len(raw)}</Size></Contents>"
        for path, raw in sorted(objects.items())
        if path.startswith(prefix)
    )
    return f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>".encode()
