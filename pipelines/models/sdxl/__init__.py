"""SDXL with step-level batching: requests join and leave a running batch at any denoising step.

Needs only the standard library, torch and diffusers (transformers where real text encoders are loaded).
"""
