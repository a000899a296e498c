"""Errors of a bulk run."""

from storage.errors import DesignAgentError


class WorkerDied(DesignAgentError):
    """The process that made a row died each time; ``message`` says what to do."""

    code = "WORKER_DIED"


class FolderBusy(DesignAgentError):
    """Another run writes to the output folder."""

    code = "FOLDER_BUSY"
