"""Which files a poster may show as pictures."""

PICTURE_TYPES = frozenset({"image/png", "image/jpeg", "image/webp"})
MAX_PIXELS = 50_000_000
