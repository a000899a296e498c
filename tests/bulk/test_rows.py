"""From a row of a table to what a task takes."""

from pathlib import Path
from typing import Any

import pytest

from cluster.jobs.bulk.rows import BulkRow, Recipe
from cluster.jobs.bulk.tables import RawRow, open_table
from cluster.jobs.bulk.template import Template
from storage.errors import ValidationError
from tests.pictures import encoded


def row(cells: dict[str, Any], number: int = 1, folder: Path = Path(), **recipe: Any) -> BulkRow:
    return Recipe(**recipe).row(RawRow(number, cells), folder)


def placed(made: BulkRow) -> list[tuple[str, str]]:
    assert made.params is not None
    return [(entry.content, entry.position) for entry in made.params.elements]


def test_columns_become_the_fields_of_a_task() -> None:
    made = row(
        {"prompt": "读书会", "size": "270x480", "style": "business", "elements": "top:诚聘英才|免费入场",
         "color_scheme": "#1890ff, rgb(10, 20, 30)", "seed": "7", "note": "ignored"},
        size="1080x1920",
    )  # fmt: skip
    assert made.params is not None, made.problem
    assert (made.params.prompt, made.params.style, made.params.seed) == ("读书会", "business", 7)
    assert (made.params.size.width, made.params.size.height) == (270, 480)
    assert [(entry.content, entry.position) for entry in made.params.elements] == [
        ("诚聘英才", "top"),
        ("免费入场", ""),
    ]
    assert len(made.params.color_scheme) == 2


def test_cells_of_jsonl_may_be_lists_and_objects() -> None:
    made = row(
        {"prompt": "读书会", "size": {"width": 270, "height": 480}, "color_scheme": ["#1890ff"], "seed": 7,
         "elements": ["bottom:报名", {"content": "免费", "position": "center"}]},
    )  # fmt: skip
    assert made.params is not None, made.problem
    assert made.params.size.height == 480
    assert [(entry.content, entry.position) for entry in made.params.elements] == [
        ("报名", "bottom"),
        ("免费", "center"),
    ]


def test_empty_cells_take_the_defaults() -> None:
    made = row({"prompt": "读书会", "size": None, "style": "", "seed": " "}, size="540x960", style="retro")
    assert made.params is not None, made.problem
    assert (made.params.size.width, made.params.style) == (540, "retro")


def test_same_row_has_the_same_id_and_seed_and_a_changed_one_another() -> None:
    base = row({"prompt": "读书会", "size": "270x480"})
    again = row({"prompt": " 读书会 ", "note": "new", "size": "270 x 480"})
    assert (base.id, base.params) == (again.id, again.params)
    assert base.params is not None
    assert base.params.seed is not None
    changed = [
        row({"prompt": "读书会!", "size": "270x480"}), row({"prompt": "读书会", "size": "270x481"}),
        row({"prompt": "读书会", "size": "270x480", "seed": "1"}),
        row({"prompt": "读书会", "size": "270x480"}, number=2),
    ]  # fmt: skip
    assert len({base.id, *(entry.id for entry in changed)}) == 5


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"city": "上海"}, "no column 'prompt'"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "茶", "size": "big"}, "size 'big' is not WIDTHxHEIGHT"),
        ({"prompt": "茶", "size": "9000x9000"}, "size"),
        ({"prompt": "茶", "size": {"width": 3}}, "is not WIDTHxHEIGHT"),
        ({"prompt": "茶", "seed": "-1"}, "seed '-1' is not a whole number"),
        ({"prompt": "茶", "seed": 2**32}, "seed"),
        ({"prompt": "茶", "color_scheme": "reddish"}, "color_scheme"),
        ({"prompt": "茶", "reference": "missing.png"}, "cannot be read"),
        ({"prompt": "茶", "reference": "http://example.org/a.png"}, "must be a file or an https:// address"),
        ({"prompt": "茶", "elements": "x" * 501}, "elements"),
    ],
)
def test_row_that_cannot_be_made_says_why(cells: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    made = row(cells, folder=tmp_path)
    assert made.params is None
    assert made.code == "INVALID_ARGUMENT"
    assert sentence in made.problem
    assert row(cells, folder=tmp_path).id == made.id
    assert row({**cells, "prompt": "好茶"}, folder=tmp_path).id != made.id


def test_template_makes_the_prompt() -> None:
    made = row({"city": "上海", "day": 28.0, "prompt": "unused"}, template=Template.parse("{city} 读书会 11月{day}日"))
    assert made.params is not None, made.problem
    assert made.params.prompt == "上海 读书会 11月28日"


def test_reference_files_are_found_beside_the_table_and_travel_once(tmp_path: Path) -> None:
    for name in ("logo.png", "same.png"):
        (tmp_path / name).write_bytes(encoded(64, 64, "PNG"))
    made = row({"prompt": "茶", "reference": "logo.png|same.png|https://example.org/a.png"}, folder=tmp_path)
    assert made.params is not None, made.problem
    assert len(made.pictures) == 1
    key = next(iter(made.pictures))
    assert made.params.reference == [key, key, "https://example.org/a.png"]
    (tmp_path / "logo.png").write_bytes(encoded(32, 32, "PNG"))
    assert row({"prompt": "茶", "reference": "logo.png"}, folder=tmp_path).id != made.id


def test_table_that_lacks_a_column_is_refused_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("title,city\na,b\n")
    table = open_table(tmp_path / "t.csv")
    with pytest.raises(ValidationError, match=r"no column 'prompt'.*title, city"):
        Recipe().check(table)
    with pytest.raises(ValidationError, match=r"asks for town; t\.csv has the columns title, city"):
        Recipe(Template.parse("{title} {town}")).check(table)
    Recipe(Template.parse("{title}")).check(table)
    (tmp_path / "t.jsonl").write_text('{"a": 1}\n')
    Recipe().check(open_table(tmp_path / "t.jsonl"))
