"""What is done with audiences: files are made of them, and they are kept under a name."""
