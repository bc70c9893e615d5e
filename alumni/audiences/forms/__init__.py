"""What people send to find, keep and take away lists of people."""
