"""The report: stored results -> rows (the CSV files) -> findings, figures, one Markdown and one HTML file."""
