"""SDXL as the painter of posters: what is asked of it, and what becomes of its pictures."""
