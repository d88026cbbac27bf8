"""What is right and what a mistake means, exercise by exercise: a hint is changed here."""
