"""The figures: `python -m bench`."""
