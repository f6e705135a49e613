"""The documents page: collections, what is being read, and what could not be."""
