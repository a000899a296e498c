"""Speed of the SDXL engine on random weights; needs only the standard library, torch and diffusers."""
