"""The words and numbers of content/: stretches, routines, safety, leaflets -> a frozen Library."""
