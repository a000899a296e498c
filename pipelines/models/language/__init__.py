"""The language model: vLLM, and the designer that turns its answers into a brief that can be trusted."""
