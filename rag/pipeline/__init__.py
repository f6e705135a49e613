"""Files through the reader process: while one is embedded, the next is read."""
