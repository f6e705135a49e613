"""The Usage screen: what was asked of providers, what it cost, and how far it may go."""
