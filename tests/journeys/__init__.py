"""What contributors do, from their file to the page."""
