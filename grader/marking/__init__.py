"""From results to marks: nbgrader's gradebook, autograded/, late days, manual grades, receipts."""
