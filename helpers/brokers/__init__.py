"""Start, stop, kill and look into the three brokers. Knows nothing of labs."""
