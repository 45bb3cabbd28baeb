"""Intake: people from a table become declarations. Pure; see README.md."""
