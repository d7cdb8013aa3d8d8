"""Pages: the students' feedback, the class report, and the pictures of the documentation."""
