"""The page of settings says what the settings object says."""

from configs.settings import Settings
from configs.table import PAGE, settings_page


def test_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page(), "run scripts/settings-table"


def test_every_setting_is_described_once() -> None:
    page = settings_page()
    for name, field in Settings.model_fields.items():
        assert page.count(f"| `DESIGN_AGENT_{name.upper()}`") == 1
        assert field.description, name
        assert field.description.endswith("."), name
