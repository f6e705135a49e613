"""Files through the reader process: while one is embedded, the next is read.

Measured on two busy cores, all-MiniLM-L6-v2, 12 files of 302 passages (tests/benchmarks/indexing.py): from
the files to the library 14.2 passages a second, one plain call of `SentenceTransformer.encode` with the same
texts 8.8.
"""
