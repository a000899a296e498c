"""What a cluster will carry and cost: a simulation of the service fed with measured times."""
