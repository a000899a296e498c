"""Whether the models' deployments can work, asked without waking one that sleeps."""

from configs.settings import Settings

READY, ASLEEP = "ready", "scaled_to_zero"
DEPLOYMENTS = {"text_reader": "TextReader", "image_model": "ImageModel", "language_model": "LanguageModel"}
"""Of the models, by the names of their ports."""
_SETTINGS = {"text_reader": "reader", "image_model": "image", "language_model": "language"}


def model_states(settings: Settings) -> dict[str, str]:
    """State of each model by its port's name; one without a deployment works in the orchestrator. Blocks."""
    # The API's process takes the words above alone.
    from ray import serve
    from ray.serve.schema import ReplicaState  # type: ignore[attr-defined]

    deployments = serve.status().applications[serve.get_replica_context().app_name].deployments
    states = {}
    for model, name in DEPLOYMENTS.items():
        known = deployments.get(name)
        if known is None or known.replica_states.get(ReplicaState.RUNNING, 0):
            states[model] = READY
        elif getattr(settings, f"{_SETTINGS[model]}_min_replicas") == 0:
            states[model] = ASLEEP
        else:
            # Not its message, which repeats a replica's last words, hosts and paths with them; Ray's dashboard has it.
            states[model] = f"no replica runs: {known.status.value}"
    return states
