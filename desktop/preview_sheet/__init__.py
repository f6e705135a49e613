"""What would be sent to a provider, word for word, before it is; and what was, afterwards."""
