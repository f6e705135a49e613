"""What a model or a rule took out of a text, as the value that it means: one module for each type."""
