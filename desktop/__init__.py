"""The application: composes rag and engine, shows them on the screen and on the command line."""
