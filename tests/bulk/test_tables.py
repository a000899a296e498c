"""Tables: every kind gives the same rows, and says what is wrong with a file or a line."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cluster.jobs.bulk.tables import RawRow, open_table
from storage.errors import ValidationError

CELLS = [{"title": "读书会", "city": "上海"}, {"title": "a, b\nc", "city": ""}]


def rows_of(path: Path, text: str | bytes, encoding: str = "utf-8") -> list[RawRow]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return list(open_table(path, encoding).rows())


def test_kinds_agree(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(CELLS), tmp_path / "t.parquet")
    tables = [
        rows_of(tmp_path / "t.csv", 'title, city \r\n读书会,上海\r\n\r\n"a, b\nc",\r\n'),
        rows_of(tmp_path / "t.tsv", 'title\tcity\n读书会\t上海\n"a, b\nc"\t\n'),
        rows_of(tmp_path / "t.jsonl", '{"title": "读书会", "city": "上海"}\n\n{"title": "a, b\\nc", "city": ""}'),
        list(open_table(tmp_path / "t.parquet").rows()),
    ]
    for rows in tables:
        assert rows == [RawRow(1, CELLS[0]), RawRow(2, CELLS[1])]


def test_excels_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    assert rows_of(tmp_path / "t.csv", "\ufefftitle\n茶\n") == [RawRow(1, {"title": "茶"})]


def test_chinese_windows_tables_are_read_when_named_and_explained_when_not(tmp_path: Path) -> None:
    assert rows_of(tmp_path / "t.csv", "标题\n茶\n", "gbk") == [RawRow(1, {"标题": "茶"})]
    with pytest.raises(ValidationError, match="--encoding gbk"):
        open_table(tmp_path / "t.csv")
    (tmp_path / "u.csv").write_text("标题\n茶\n", encoding="utf-16")
    with pytest.raises(ValidationError, match="--encoding utf-16"):
        open_table(tmp_path / "u.csv")
    (tmp_path / "v.csv").write_text("标题\n茶\n", encoding="utf-8")
    with pytest.raises(ValidationError, match="leave --encoding away"):
        list(open_table(tmp_path / "v.csv", "ascii").rows())


def test_bad_lines_are_rows_with_a_problem_and_the_rest_goes_on(tmp_path: Path) -> None:
    rows = rows_of(tmp_path / "t.csv", "title,city\na,b,c\n茶,广州,\n只有标题\n")
    assert rows[0].problem.startswith("Line 2 has 3 cells, the head has 2;")
    assert rows[1:] == [RawRow(2, {"title": "茶", "city": "广州"}), RawRow(3, {"title": "只有标题"})]
    rows = rows_of(tmp_path / "t.jsonl", '{"title": \n[1]\n{"title": "茶"}\n' + "[" * 100_000)
    assert [row.number for row in rows] == [1, 2, 3, 4]
    assert "Line 1 is not valid JSON: column" in rows[0].problem
    assert "Line 2 is not a JSON object" in rows[1].problem
    assert rows[2] == RawRow(3, {"title": "茶"})
    assert rows[3].problem.startswith("Line 4 is")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t.csv", b"", "is empty; its first line must name the columns"),
        ("t.csv", b"a,b,a\n1,2,3\n", "more than one column 'a'"),
        ("t.csv", b"a\n" + b"x" * 200_000, "field larger than field limit"),
        ("t.xlsx", b"PK", "none of the known kinds of table: .csv, .tsv, .jsonl, .ndjson, .parquet, .pq"),
        ("t.parquet", b"PAR1nonsense", "is not a Parquet file that can be read"),
    ],
)
def test_files_that_are_no_table_are_refused(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValidationError) as caught:
        table = open_table(tmp_path / name)
        assert table.columns is not None
        list(table.rows())
    assert sentence in caught.value.message


def test_missing_file_and_unknown_encoding_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="is not a file"):
        open_table(tmp_path / "none.csv")
    (tmp_path / "t.csv").write_text("a\n1\n")
    with pytest.raises(ValidationError, match="no encoding 'utf-9'"):
        open_table(tmp_path / "t.csv", "utf-9")


def test_parquet_is_read_in_pieces_and_in_order(tmp_path: Path) -> None:
    cells = [{"n": number} for number in range(300)]
    pq.write_table(pa.Table.from_pylist(cells), tmp_path / "t.pq", row_group_size=70)
    table = open_table(tmp_path / "t.pq")
    assert table.columns == ("n",)
    assert list(table.rows()) == [RawRow(number + 1, {"n": number}) for number in range(300)]
