"""Spans reach an OpenTelemetry collector as OTLP over HTTP."""

import gzip
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

# A process of its own: one process has one provider, and it is made as Serve makes it.
TELLS = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from serve_apps import tracing

provider = TracerProvider()
for processor in tracing.span_processors():
    provider.add_span_processor(processor)
trace.set_tracer_provider(provider)
tracing.begin_span("attempt", tracing.task_context("task_aaaaaaaaaaaa"), attempt=1).end()
provider.shutdown()
"""


class Collector(ThreadingHTTPServer):
    """Keeps what it is sent, by path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Post)
        self.sent: list[tuple[str, bytes]] = []


class Post(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.sent.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_span_arrives(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESIGN_AGENT_TRACES", f"http://127.0.0.1:{collector.server_port}")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "design-agent")
    # Or it sends the same once more, where the collector is held up.
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "120")
    done = subprocess.run([sys.executable, "-c", TELLS], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    ((path, body),) = collector.sent
    assert path == "/v1/traces"
    (of_service,) = ExportTraceServiceRequest.FromString(body).resource_spans
    names = {entry.key: entry.value.string_value for entry in of_service.resource.attributes}
    assert names["service.name"] == "design-agent"
    (span,) = of_service.scope_spans[0].spans
    assert (span.name, span.trace_id.hex()) == ("attempt", "73d185e495f4511f9728a1c6d3c4693e")
