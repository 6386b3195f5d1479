"""int8 beyond the converter's own: ranges of least error, layers left in float."""
