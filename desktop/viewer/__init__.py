"""The viewer: a document's pages as they look, or their text, with the passage that was asked for lit."""
