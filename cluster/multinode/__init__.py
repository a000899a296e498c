"""A Ray cluster of several nodes on one machine, whose nodes come and go by Ray's own autoscaler."""
