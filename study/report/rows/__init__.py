"""Stored results to rows: what the CSV files hold and everything else of the report is written from."""
