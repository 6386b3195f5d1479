"""Rows to the report's sections: tables, pictures and what one should know to read them."""
