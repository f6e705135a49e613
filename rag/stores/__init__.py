"""library.db by concern: collections, documents, contents, passages, vectors; `rag/store.py` joins them."""
