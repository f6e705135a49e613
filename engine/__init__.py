"""Models, chats and answers. Knows neither rag nor Qt."""
