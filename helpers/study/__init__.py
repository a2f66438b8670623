"""What a learner has said and done: predictions, later progress and drills. Draws nothing."""
