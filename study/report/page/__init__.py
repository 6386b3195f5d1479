"""What index.html has beyond report.md: plots to point at, a table to filter, a comparison to choose."""
