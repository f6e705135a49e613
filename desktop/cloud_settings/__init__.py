"""Settings, Cloud: the way out, providers and their keys, and what is allowed."""
