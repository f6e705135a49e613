"""Who answers: how sure the local model is, and what the person allows."""
