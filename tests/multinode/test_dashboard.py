"""Ray's dashboard in a real browser: who has the token sees applications, jobs and metrics."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from serve_apps.api.deployment import APP_NAME
from tests.durability.rig import until
from tests.multinode.browser import browser_page
from tests.multinode.conftest import LONG, MODEL, READER, Pool

pytestmark = pytest.mark.stack
SECONDS = 60_000.0


@pytest.fixture(scope="module")
def page(pool: Pool) -> Iterator[Page]:
    """The dashboard, let in by the token."""
    with browser_page() as page:
        page.set_default_timeout(SECONDS)
        expect.set_options(timeout=SECONDS)
        page.goto(pool.cluster.dashboard.url)
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("Token")
        dialog.get_by_role("textbox").or_(dialog.locator("input")).first.fill(
            pool.cluster.paths.token.read_text().strip()
        )
        dialog.get_by_role("button", name="Submit").click()
        expect(dialog).to_be_hidden()
        yield page


def test_serve_page_shows_the_application_and_its_deployments(pool: Pool, page: Page) -> None:
    page.goto(f"{pool.cluster.dashboard.url}/#/serve")
    expect(page.get_by_text(APP_NAME).first).to_be_visible()
    for name in (MODEL, READER, "Orchestrator", "Api", "Ingress", "OutboxRelay"):
        expect(page.get_by_text(name, exact=True).first).to_be_visible()


def test_jobs_page_shows_a_submitted_job(pool: Pool, page: Page) -> None:
    client = pool.cluster.dashboard.client
    answer = client.post("/api/jobs/", json={"entrypoint": "python -c 'print(6 * 7)'"}).raise_for_status()
    job = answer.json()["submission_id"]
    until(lambda: client.get(f"/api/jobs/{job}").json()["status"] == "SUCCEEDED", "the job's end")
    assert client.get(f"/api/jobs/{job}/logs").json()["logs"].strip().endswith("42")
    page.goto(f"{pool.cluster.dashboard.url}/#/jobs")
    row = page.get_by_role("row").filter(has_text=job)
    expect(row).to_contain_text("SUCCEEDED")


def test_cluster_page_shows_the_nodes(pool: Pool, page: Page) -> None:
    page.goto(f"{pool.cluster.dashboard.url}/#/cluster")
    expect(page.get_by_role("row").filter(has_text="ALIVE").first).to_be_visible()


def test_metrics_page_and_the_metrics_behind_it_answer(pool: Pool, page: Page) -> None:
    page.goto(f"{pool.cluster.dashboard.url}/#/metrics")
    expect(page.get_by_text("Grafana").first).to_be_visible()

    def shown() -> bool:
        """Ray's agent forgets a gauge that was not reported for two of its intervals; the page never loads itself."""
        page.goto(f"http://127.0.0.1:{pool.cluster.metrics_port}/metrics")
        return "ray_serve_deployment_replica_healthy" in (page.locator("body").text_content() or "")

    until(shown, "a metric of Ray Serve", LONG)


def test_nothing_is_shown_without_the_token(pool: Pool) -> None:
    assert httpx.get(f"{pool.cluster.dashboard.url}/api/serve/applications/", timeout=60).status_code in {401, 403}
