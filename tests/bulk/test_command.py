"""What ``design-agent bulk`` refuses before anything is started."""

from pathlib import Path

import pytest

from tests.bulk.jobs import Bulk, clean_environment


@pytest.fixture
def bulk(tmp_path: Path) -> Bulk:
    bulk = Bulk(tmp_path / "table.jsonl", tmp_path / "out", clean_environment(tmp_path / "data"))
    bulk.write({"title": "茶"})
    return bulk


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--template", "{title"), "The template has a lone '{' at character 1"),
        (("--size", "big"), "size 'big' is not WIDTHxHEIGHT"),
        (("--encoding", "utf-9"), "There is no encoding 'utf-9'"),
        (("--submit",), "No service runs with the data folder"),
    ],
)
def test_wrong_option_is_one_sentence(bulk: Bulk, options: tuple[str, ...], sentence: str) -> None:
    done = bulk.run(*options)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not bulk.out.exists()
    assert not (bulk.table.parent / "data" / "ray_token").exists()


def test_bad_rows_alone_are_a_failure_and_start_no_ray(bulk: Bulk) -> None:
    assert bulk.run().returncode == 1
    assert bulk.lines[1]["code"] == "INVALID_ARGUMENT"
    assert not (bulk.table.parent / "data" / "ray_token").exists()


def test_output_folder_that_is_a_file_is_refused(bulk: Bulk) -> None:
    bulk.out.write_text("mine")
    done = bulk.run()
    assert "is a file; give a folder" in done.stderr
    assert bulk.out.read_text() == "mine"


def test_models_of_the_service_need_the_service(bulk: Bulk) -> None:
    bulk.write({"prompt": "茶"})
    environment = {**bulk.environment, "DESIGN_AGENT_IMAGE_MODEL": "sdxl", "DESIGN_AGENT_TINY": "true"}
    done = Bulk(bulk.table, bulk.out, environment).run()
    assert done.returncode == 1
    assert "SDXL and vLLM are deployments of the service" in done.stderr
