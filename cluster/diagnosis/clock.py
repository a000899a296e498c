"""Whether this machine's clock agrees with a server's."""

from cluster.diagnosis.finding import Finding

# Leases, links and signatures all compare times of different machines.
MOST_SECONDS = 5.0


def clock_finding(what: str, ours: float, theirs: float, precision: float = 0.0) -> Finding:
    """``ours`` and ``theirs`` are epoch seconds of one moment; the server's may be off by ``precision``."""
    skew = ours - theirs
    ok = abs(skew) <= MOST_SECONDS + precision
    said = "agree" if ok else f"differ by {abs(skew):.0f} s, this one is {'ahead' if skew > 0 else 'behind'}"
    return Finding(f"{what} clock", ok, f"its clock and this machine's {said}",
                   "Set both by NTP: leases and signed links go by them.")  # fmt: skip
