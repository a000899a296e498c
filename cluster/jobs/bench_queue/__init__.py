"""How many tasks a second are accepted, published, claimed and finished, and how long one waits."""
