"""Where a line may be broken: between Chinese characters within the kinsoku rules, between Latin words."""

from collections.abc import Sequence

from pipelines.rendering.shaping import Cluster

_NEVER_FIRST = frozenset(
    "，。、；：！？）》〉」』】〕｝％!%),.:;?]}…‥—～·’”々ー℃°¢｡､ﾞﾟぁぃぅぇぉっゃゅょァィゥェォッャュョ"
)
_NEVER_LAST = frozenset("（《〈「『【〔｛([{“‘￥¥$€£#＃@")
_HANGS = frozenset("，。、；：！？)）》」』】,.;:!?%")


def can_break(left: Cluster, right: Cluster) -> bool:
    """Whether a new line may start between these two."""
    before, after = left.text[-1:], right.text[:1]
    if after.isspace():
        return False
    if before == " ":
        return True
    if before in _NEVER_LAST or after in _NEVER_FIRST:
        return False
    if left.script == "latin" and right.script == "latin":
        return before in "-–/|" and after.isalpha()
    return True


def wrap(
    clusters: Sequence[Cluster], widths: Sequence[float], measure: float, *, hanging: bool = True
) -> list[tuple[int, int]]:
    """Line ranges ``[start, end)`` that together hold every cluster, each as wide as ``measure`` allows.

    ``widths``: pixels of each cluster with the gap before it and the spacing after it. One closing mark may hang past
    the measure if ``hanging``; a word wider than the measure is cut; the last line is not left with a single character.
    """
    lines: list[tuple[int, int]] = []
    start, used, chance = 0, 0.0, 0
    index = 0
    while index < len(clusters):
        if index > start and can_break(clusters[index - 1], clusters[index]):
            chance = index
        fits = used + widths[index] <= measure or index == start or clusters[index].text.isspace()
        hangs = hanging and used <= measure and clusters[index].text in _HANGS
        if fits or hangs:
            used += widths[index]
            index += 1
            continue
        end = chance if chance > start else _cut(clusters, start, index)
        lines.append((start, end))
        start, used, index, chance = end, 0.0, end, end
    if start < len(clusters):
        lines.append((start, len(clusters)))
    return _without_orphan(clusters, lines)


def _cut(clusters: Sequence[Cluster], start: int, end: int) -> int:
    """Where a word that no line holds is cut: at ``end``, or before it so that kinsoku holds for the pieces as well."""
    for cut in range(end, start, -1):
        if clusters[cut].text[:1] not in _NEVER_FIRST and clusters[cut - 1].text[-1:] not in _NEVER_LAST:
            return cut
    return end


def _without_orphan(clusters: Sequence[Cluster], lines: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if len(lines) < 2:
        return lines
    (first, middle), (_, end) = lines[-2:]
    alone = [cluster for cluster in clusters[middle:end] if cluster.text not in _NEVER_FIRST and cluster.text != " "]
    if len(alone) != 1 or alone[0].script != "cjk":
        return lines
    for cut in range(middle - 1, first + 1, -1):
        if can_break(clusters[cut - 1], clusters[cut]):
            return [*lines[:-2], (first, cut), (cut, end)]
    return lines
