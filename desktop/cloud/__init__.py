"""Everything that can leave this computer, for the window and the command line: one way, seen before it is gone."""
