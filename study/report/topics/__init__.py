"""The topics of the report, in its order: adding an analysis is its module and its line here."""
