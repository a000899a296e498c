"""TLS to the servers, by one group of settings for all of them."""

import ssl

from configs.servers import ServerSettings


def tls_context(settings: ServerSettings) -> ssl.SSLContext:
    """Verifies certificate and host name, against ``ca_file`` alone where one is given; shows the client's own.

    Raises OSError for a file that cannot be read or holds no certificate (ssl.SSLError is one).
    """
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.client_certificate is not None:
        context.load_cert_chain(settings.client_certificate, settings.client_key)
    return context
