"""What a learner has said and done: predictions, progress, later drills. Draws nothing."""
