"""Grades a folder of notebooks with nbgrader, each submission in a process, a folder and a sandbox of its own.

`python -m dcgan_course.classroom.grading build OUT` makes nbgrader's course folder from the assignments' sources;
`… grade FOLDER --course OUT` grades. The way of a submission: `submissions` says whose it is, `files` reads it, `pool`
gives it to a `worker`, `repair` puts its cells in order, `execute` runs them in a `kernel` inside the `sandbox`, `feedback`
makes the page and `report` the row of grades.csv.

What is protected, where bubblewrap (0.7 or newer) works: the student's code runs without a network and without rights, and
sees the Python installation, the course's package and a folder with the assignment's and its own data files. Solutions,
hidden tests, the gradebook, other submissions and the rest of the disk are not there. Memory, time, processes, output and
disk are bounded, and everything it started ends with it. Without bubblewrap only the bounds hold. Nothing of a submission
runs in the feedback page.

What is not protected: a test runs in the same Python process as the code that it tests. That code can read a test cell once
it runs, and can replace in memory whatever the test calls, the checks and IPython itself included. Points come
from nbgrader's reading of the test cells, which are restored from the release first; so neither edited tests, nor printed
text, nor forged results give points. For code that patches the checks, look at the feedback: the student's cells are in it.
nbgrader's feedback shows the test cells whole, hidden tests included: hand it back after the deadline.
"""
