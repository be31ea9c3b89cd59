"""Pages and the API, a file per subject. Routes call what stands beside them, never each other."""
