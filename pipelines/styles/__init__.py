"""Style packs: one TOML file each, read by ``pipelines.styles.packs``."""
