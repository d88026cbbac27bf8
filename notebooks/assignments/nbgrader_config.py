"""nbgrader's settings for the course's assignments; `make assignments` puts a copy beside what it builds."""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "dcgan"
c.Execute.kernel_name = "python3"
