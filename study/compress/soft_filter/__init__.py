"""Soft filter pruning and its relatives: one method, four schedules."""
