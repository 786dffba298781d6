"""Shows results: each module turns data into one string, and prints nothing."""
