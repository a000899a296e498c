"""For operators: the nodes of the cluster, and taking one out of use without losing work."""
