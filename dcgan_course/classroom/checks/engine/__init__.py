"""How a check runs, looks at an answer, and says what it found; it knows no exercise."""
