"""What a picture's metadata and keys say of the lossy lanes that it is made with; nothing of an exact one."""

from pipelines.models.sdxl.config import SdxlConfig


def labels(config: SdxlConfig, *, guided: bool) -> tuple[str, ...]:
    """The lanes that are on. ``guided``: whether the picture takes two rows a step."""
    given = []
    if config.guidance_until < 1 and guided:
        given.append(f"guidance-until-{config.guidance_until:g}")
    if config.tiny_vae:
        given.append("tiny-vae")
    if config.quantised:
        given.append(config.quantised)
    if config.deep_cache > 1:
        given.append(f"deep-cache-{config.deep_cache}")
    return tuple(given)
