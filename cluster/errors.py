"""Errors of bringing the service up and down."""

from storage.errors import DesignAgentError


class ServiceError(DesignAgentError):
    """The service cannot be started, stopped or reached."""

    code = "SERVICE_ERROR"
