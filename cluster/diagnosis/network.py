"""Whether something listens at an address, and what stands in the way when nothing does."""

import socket
import ssl
import time

from cluster.diagnosis.finding import Finding
from configs.settings import Settings
from storage.tls import tls_context

SECONDS = 3.0
# A certificate that ends sooner needs somebody's attention now.
CERTIFICATE_DAYS = 14


class Unreachable(Exception):
    """Why, and what to do."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.reason, self.advice = reason, advice

    def finding(self, what: str) -> Finding:
        """It, as what was found at this thing."""
        return Finding(what, False, self.reason, self.advice)


def tls_of(settings: Settings) -> ssl.SSLContext:
    """What the servers' certificates are checked with. Raises Unreachable for files that cannot be used."""
    try:
        return tls_context(settings)
    except OSError as error:
        raise Unreachable(
            f"the TLS files cannot be used: {error}",
            "Correct DESIGN_AGENT_CA_FILE, DESIGN_AGENT_CLIENT_CERTIFICATE or DESIGN_AGENT_CLIENT_KEY: PEM files.",
        ) from error


def reach(host: str, port: int, variable: str, context: ssl.SSLContext | None = None) -> int | None:
    """Connect, with TLS by that context; days until the server's certificate ends. Raises Unreachable."""
    place = f"{host}:{port}"
    try:
        with socket.create_connection((host, port), SECONDS) as connection:
            if context is None:
                return None
            return _shaken_hands(context, connection, host)
    except socket.gaierror:
        raise Unreachable(
            f"the name {host} is not known here", f"Correct the host in {variable}, or the DNS."
        ) from None
    except ssl.SSLCertVerificationError as error:
        raise Unreachable(
            f"the certificate of {place} is not trusted: {error.verify_message}",
            "Set DESIGN_AGENT_CA_FILE to the authority that signed it, and use a host name that is in it.",
        ) from None
    except _NoTls as silence:
        raise Unreachable(
            f"no TLS with {place}: {silence}",
            f"Check that the port speaks TLS, and whether {variable} should say so.",
        ) from None
    except TimeoutError:
        raise Unreachable(
            f"{place} does not answer in {SECONDS:.0f} s", f"Check the firewall between here and there, and {variable}."
        ) from None
    except OSError as error:
        raise Unreachable(
            f"{place} cannot be reached: {error.strerror or error}", f"Start the server, or correct {variable}."
        ) from None


class _NoTls(Exception):
    """Why a connection that was made could not be secured."""


def _shaken_hands(context: ssl.SSLContext, connection: socket.socket, host: str) -> int | None:
    """Days until the server's certificate ends. Raises SSLCertVerificationError, _NoTls."""
    try:
        with context.wrap_socket(connection, server_hostname=host) as secured:
            return _days_left(secured)
    except ssl.SSLCertVerificationError:
        raise
    except TimeoutError:
        # A server without TLS may take the greeting for the beginning of something longer.
        raise _NoTls(f"it takes the connection and does not answer the greeting in {SECONDS:.0f} s") from None
    except OSError as error:
        raise _NoTls(str(getattr(error, "reason", None) or error)) from None


def ending(what: str, days: int | None) -> list[Finding]:
    """A finding for a certificate that ends soon."""
    if days is None or days >= CERTIFICATE_DAYS:
        return []
    return [Finding(what, False, f"the server's certificate ends in {days} days", "Renew the certificate.")]


def _days_left(secured: ssl.SSLSocket) -> int | None:
    ends = (secured.getpeercert() or {}).get("notAfter")
    return int((ssl.cert_time_to_seconds(str(ends)) - time.time()) // 86400) if ends else None
