"""The written configuration as Ray's own autoscaler reads it."""

from ray.autoscaler._private.util import validate_config

from cluster.multinode.config import HEAD_TYPE, NodeType, autoscaling_config


def test_ray_takes_the_configuration() -> None:
    kinds = (NodeType("gpu", "sdxl", cpus=1, gpus=1, most=3), NodeType("cpu", "app", cpus=4, gpus=0, most=2, least=1))
    config = autoscaling_config("127.0.0.1:7000", 2, kinds, idle_seconds=6)
    validate_config(config)
    assert config["max_workers"] == 5
    assert config["available_node_types"][HEAD_TYPE]["max_workers"] == 0
    assert config["available_node_types"]["gpu"]["resources"]["GPU"] == 1
    assert config["available_node_types"]["gpu"]["resources"]["sdxl"] == 1000
    assert "GPU" not in config["available_node_types"]["cpu"]["resources"]
    assert config["available_node_types"]["cpu"]["min_workers"] == 1
    assert config["idle_timeout_minutes"] == 0.1
