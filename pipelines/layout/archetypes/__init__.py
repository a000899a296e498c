"""Ways to arrange a poster, one module each; ``registry`` knows them all."""
