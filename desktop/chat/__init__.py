"""The chat page: transcript, answers with their marks, sources, composer."""
