"""`python -m app` is `saywhen`."""

from app.cli import main

raise SystemExit(main())
