"""Makes a checkout ready to run. Standard library only: it runs before anything is installed."""
