"""Keys of providers: held in the operating system's keyring, and nowhere else."""
