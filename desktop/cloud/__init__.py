"""Everything that can leave this computer, for the window and the command line: seen before it is gone."""
