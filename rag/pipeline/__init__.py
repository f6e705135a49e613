"""Files through the reader process: while one is embedded, the next is read.

Measured on two cores, multilingual-e5-small, 75 files of 7,099 passages (tests/benchmarks/indexing.py): from
the files to the library 52.6 passages a second, one plain call of `SentenceTransformer.encode` with the same
embedder and texts 19.0.
"""
