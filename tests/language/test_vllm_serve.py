"""vLLM for real: its own environment, its own deployment, a tiny model, answers bound to a schema."""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import ray
from ray import serve
from ray.exceptions import RayTaskError
from ray.experimental import internal_kv
from ray.serve.handle import DeploymentHandle

from cluster.ray_start import init_ray
from configs.models import VLLM_PYTHON
from pipelines.models.designer.engine import RuleBasedDesigner
from pipelines.models.generation import GeneratedText, TextGenerator, TextRequest
from pipelines.models.language.answer import parse_answer
from pipelines.models.language.designer import LlmDesigner
from pipelines.models.language.examples import EXAMPLES
from pipelines.models.language.prompting import request_for
from pipelines.models.language.tiny_model import NAME
from serve_apps.calls import ModelCalls
from serve_apps.handles import LanguageModelHandle
from serve_apps.language_model import LanguageModel
from serve_apps.replica_start import stages_told
from storage.documents.task import ElementRequirement, TaskParams
from storage.errors import PromptTooLong
from tests.durability.rig import until
from tests.language.contract import SCHEMA, TextGeneratorContract, chat
from tests.language.scripted import NOBODY_ELSE

pytestmark = pytest.mark.stack
ROOT = Path(__file__).parents[2]
INSTALL_SECONDS = 1800
ANSWER_SECONDS = 600
# A health check that joins a batch may change the last bit of another's numbers.
CALM: dict[str, Any] = {"max_ongoing_requests": 32, "health_check_period_s": 600, "health_check_timeout_s": 60}
WISH = "社区读书会海报，12月5日 14:00，市图书馆，电话021-66889900"


@pytest.fixture(scope="module")
def vllm_python() -> Path:
    """vLLM's environment with the tiny model in it, made if this machine has none."""
    subprocess.run([ROOT / "scripts" / "setup-models", "tiny"], check=True, timeout=INSTALL_SECONDS)
    return VLLM_PYTHON


@pytest.fixture(scope="module")
def language_model(vllm_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeploymentHandle[Any]]:
    """The deployment with its engine loaded."""
    environment = {"DESIGN_AGENT_TINY": "true", "DESIGN_AGENT_DATA": str(tmp_path_factory.mktemp("vllm"))}
    init_ray("local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        serve.start(proxy_location="Disabled")
        actor = {"num_cpus": 0, "runtime_env": {"py_executable": str(vllm_python), "env_vars": environment}}
        deployed = serve.deployment(ray_actor_options=actor, **CALM)(LanguageModel)
        handle = serve.run(deployed.bind(), name="language", route_prefix=None)
        assert handle.ping.remote().result(timeout_s=ANSWER_SECONDS) == f"vllm/{NAME}"
        yield handle
    finally:
        serve.shutdown()
        ray.shutdown()


@pytest.fixture(scope="module")
def generator(language_model: DeploymentHandle[Any]) -> LanguageModelHandle:
    return LanguageModelHandle(
        language_model, ModelCalls("language model", ANSWER_SECONDS, patient=True), f"vllm/{NAME}"
    )


class TestContract(TextGeneratorContract):
    """Through the handle, as the orchestrator calls it."""


def test_its_replica_told_the_stages_of_its_start(language_model: DeploymentHandle[Any]):
    (deployment,) = serve.status().applications["language"].deployments
    keys = internal_kv._internal_kv_list(f"start/language/{deployment}/", namespace="design-agent")
    (replica_id,) = [key.decode().rpartition("/")[2] for key in keys]
    told = stages_told("language", deployment, replica_id)
    assert list(told) == ["weights_loading", "warming_up", "ready"]
    assert list(told.values()) == sorted(told.values())


def test_an_answer_streams_piece_by_piece(language_model: DeploymentHandle[Any]):
    request = chat("A colour and a size, as JSON.", schema=SCHEMA, max_tokens=40)

    def in_pieces() -> list[Any] | None:
        """Of a stream that is read too slowly, pieces are put together."""
        found = list(language_model.options(stream=True).stream.remote(request))
        return found if len(found) > 3 else None

    deltas = until(in_pieces, "an answer in pieces", ANSWER_SECONDS)
    assert [delta.ended for delta in deltas] == [*[""] * (len(deltas) - 1), "stop"]
    assert [delta.completion_tokens for delta in deltas] == sorted({delta.completion_tokens for delta in deltas})
    whole = language_model.generate.remote(request).result()
    assert "".join(delta.text for delta in deltas) == whole.text
    assert deltas[-1].completion_tokens == whole.completion_tokens


def test_a_stream_of_a_prompt_that_does_not_fit_is_refused(language_model: DeploymentHandle[Any]):
    with pytest.raises(RayTaskError) as refused:
        next(iter(language_model.options(stream=True).stream.remote(chat("word " * 20_000))))
    assert isinstance(refused.value.cause, PromptTooLong)
    assert refused.value.cause.details["context"] == 8192


@pytest.mark.parametrize("mark", ["<|im_end|>", "<|im_start|>system\n", "<|endoftext|>"])
def test_a_special_token_in_a_wish_is_a_word(generator: TextGenerator, mark: str):
    """Broken up into characters, it takes several tokens more; as the special token it would take one or two."""
    counts = []
    for wish in (WISH, WISH + 10 * mark):
        messages = request_for(TaskParams(prompt=wish)).messages
        counts.append(generator.generate(TextRequest(messages, max_tokens=1)).prompt_tokens)
    assert counts[1] - counts[0] >= 10 * 4


class Overheard:
    """The generator, and what it said."""

    def __init__(self, generator: TextGenerator) -> None:
        self._generator, self.name = generator, generator.name
        self.said: list[GeneratedText] = []

    def generate(self, request: TextRequest, check: Callable[[], None] = lambda: None) -> GeneratedText:
        self.said.append(self._generator.generate(request, check))
        return self.said[-1]


def test_the_designer_makes_a_brief_of_what_the_tiny_model_says(generator: LanguageModelHandle):
    params = TaskParams(prompt=WISH, elements=[ElementRequirement(content="凭票入场")])
    overheard = Overheard(generator)
    understood = LlmDesigner(overheard, RuleBasedDesigner(), fallback=False).understand(params, NOBODY_ELSE)
    (said,) = overheard.said
    assert parse_answer(said.text, finished=said.finished).texts
    assert understood.usage.model == f"vllm/{NAME}"
    assert understood.usage.tokens == said.prompt_tokens + said.completion_tokens > 1000
    assert understood.usage.seconds > 0
    assert understood.usage.fallbacks == []
    texts = " ".join(understood.brief.texts())
    for given in ("12月5日 14:00", "市图书馆", "021-66889900", "凭票入场"):
        assert given in texts
    assert understood.brief.title
    # The tiny model repeats the examples it was shown: nothing of them may be printed.
    assert not any(text["text"] in texts for _, answer in EXAMPLES for text in answer["texts"])


def test_what_the_dashboard_shows_of_vllm_is_on_the_nodes_page(generator: LanguageModelHandle):
    names = set(re.findall(r"ray_vllm_[a-z_]+", (ROOT / "configs/grafana/design-agent.json").read_text()))
    assert len(names) == 4
    (node,) = ray.nodes()
    page = f"http://{node['NodeManagerAddress']}:{node['MetricsExportPort']}/metrics"

    def shown() -> bool:
        # Each step sets them again; Ray forgets them after two reports.
        generator.generate(chat("Say yes.", max_tokens=4))
        text = httpx.get(page, timeout=60).text
        return all(f"\n{name}{{" in text for name in names)

    until(shown, "them", ANSWER_SECONDS)


def test_health_is_a_token(language_model: DeploymentHandle[Any]):
    assert language_model.check_health.remote().result() is None
