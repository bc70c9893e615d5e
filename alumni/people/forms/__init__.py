"""What people send to change what is known of them."""
