"""Setting up a run: what it works on, which columns are read, how many."""
