"""Documents → passages → the evidence for an answer. Knows neither the engine nor Qt."""
