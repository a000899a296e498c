"""Posters that are asked for when the service is measured: the same ones every time."""

from cluster.client.options import SizeOption, TaskOptions
from storage.documents.task import TaskLane

PROMPTS = (
    "创建一个蓝色商务风格的招聘海报，包含公司logo和职位信息",
    "社区读书会 11月28日 14:00 城市书房",
    "Jazz night poster, Friday Dec 5, 8 pm, Blue Note, tickets $25",
    "咖啡店新品桂花拿铁上市，28元",
    "城市马拉松 10月18日 7:00 起跑 人民广场",
)
SIZE: SizeOption = {"width": 1080, "height": 1920}
FIRST_SEED = 1000


def request(
    index: int, size: SizeOption = SIZE, priority: int = 0, lane: TaskLane = "interactive"
) -> tuple[str, TaskOptions]:
    """Prompt and options of the poster with this number."""
    return PROMPTS[index % len(PROMPTS)], {"size": size, "seed": FIRST_SEED + index, "priority": priority, "lane": lane}
