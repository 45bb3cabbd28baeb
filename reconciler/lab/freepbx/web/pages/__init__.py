"""The edit pages: what each form shows of an object, and what sending it does to the tables."""
