"""What makes the package a course: checks of exercises, the twelve claims, widgets, grading. Nothing above imports it."""
