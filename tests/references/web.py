"""A web of the tests' own: a real HTTPS server on loopback, certificates of a test CA, and names that we decide."""

import datetime
import ssl
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from serve_apps.references.fetching import HttpsReferences

HERE = "127.0.0.1"
NAME = "pictures.test"
Page = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Web:
    """The server's pages by path, what was asked of it, and where names lead."""

    port: int
    authority: ssl.SSLContext
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    names: dict[str, list[list[str]]] = field(default_factory=lambda: {NAME: [[HERE]]})
    looked_up: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def url(self, path: str, name: str = NAME) -> str:
        return f"https://{name}:{self.port}{path}"

    def resolve(self, host: str, port: int) -> list[str]:
        """A name's answers in turn; the last one stays."""
        if host not in self.names:
            raise OSError("no such name")
        answers = self.names[host]
        self.looked_up[host] += 1
        return answers[min(self.looked_up[host], len(answers)) - 1]

    def references(self, **changes: Any) -> HttpsReferences:
        """The guard, for which this one loopback address is the public internet."""
        wishes: dict[str, Any] = {
            "most_bytes": 200_000, "seconds": 120.0, "ports": frozenset({self.port}), "resolver": self.resolve,
            "allowed": lambda address: address == HERE, "tls": self.authority,
        }  # fmt: skip
        return HttpsReferences(**(wishes | changes))


def body(data: bytes, content_type: str = "image/png", status: int = 200, **headers: str) -> Page:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", content_type)
        if "Content_Length" not in headers:
            request.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(data)

    return answer


def moved(to: str, status: int = 302) -> Page:
    return body(b"", status=status, Location=to)


def authority() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    builder = _certificate(name, name, key).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return builder.sign(key, hashes.SHA256()), key


def server_chain(folder: Path, ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey, name: str = NAME) -> Path:
    """A file with a key and a certificate for the name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        _certificate(subject, ca.subject, key)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "server.pem"
    file.write_bytes(private + certificate.public_bytes(pem))
    return file


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=2))
    )  # fmt: skip


def trusting(ca: x509.Certificate) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=ca.public_bytes(serialization.Encoding.PEM).decode())
    return context


@contextmanager
def serving(folder: Path) -> Iterator[Web]:
    """The server; ``authority.pem`` in the folder is for other processes."""
    ca, ca_key = authority()
    (folder / "authority.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(server_chain(folder, ca, ca_key))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            # Here, in the connection's own thread: a client that breaks off does not end the server.
            self.request = tls.wrap_socket(self.request, server_side=True)
            super().setup()

        def do_GET(self) -> None:
            web.asked.append(self.path)
            web.headers.append(dict(self.headers))
            page = web.pages.get(self.path, body(b"nothing here", "text/plain", 404))
            page(self)
            self.close_connection = True

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None: ...  # clients break off on purpose

    server = Server((HERE, 0), Handler)
    web = Web(server.server_address[1], trusting(ca))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
