"""What the SDXL engine raises. ``code`` is stable; messages say what a person can do."""


class SdxlError(Exception):
    """Base of the engine's errors."""

    code = "sdxl_error"


class WeightsMissing(SdxlError):
    """The model's folder, or a part of it, is not on this machine."""

    code = "sdxl_weights_missing"


class LicenceRefused(SdxlError):
    """The model's licence is unknown or not one of the allowed ones."""

    code = "sdxl_licence_refused"


class UnsupportedModel(SdxlError):
    """The folder holds a model this engine's arithmetic is not right for."""

    code = "sdxl_unsupported_model"


class BadRequest(SdxlError):
    """A generation that no configuration of the engine could run."""

    code = "sdxl_bad_request"


class OutOfMemory(SdxlError):
    """The accelerator's memory did not suffice, also not with half the rows."""

    code = "sdxl_out_of_memory"


class QueueFull(SdxlError):
    """More requests wait than the engine may hold."""

    code = "sdxl_queue_full"


class EngineStopped(SdxlError):
    """The engine was closed, or its thread has ended."""

    code = "sdxl_engine_stopped"
