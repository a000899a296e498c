"""The API answers as its OpenAPI document says: to valid requests, to invalid ones, and to sequences of them."""

from pathlib import Path

import pytest

from tests.fuzzing import fuzz_apart

# Beside what the document implies by itself, about two hundred requests an operation that takes a body.
EXAMPLES = 8
CHECKS = {
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "response_headers_conformance", "positive_data_acceptance", "negative_data_rejection", "unsupported_method",
    "allow_header_conformance", "use_after_free", "ensure_resource_availability",
}  # fmt: skip


@pytest.mark.parametrize("with_keys", [False, True], ids=["without keys", "with keys"])
def test_every_answer_is_documented_and_every_rule_is_kept(tmp_path: Path, with_keys: bool) -> None:
    report = fuzz_apart(tmp_path, EXAMPLES, with_keys=with_keys)
    assert not report.failures, report.failed()
    assert report.checks.keys() >= CHECKS
    assert not with_keys or report.checks["ignored_auth"]
