"""Say When: two phones, one stretching session. The map of this folder.

    cli.py          `saywhen serve | backup | restore | check-content`
    serve.py        one process, one socket
    main.py         create_app(settings): the only wiring
    config.py       settings and ASSETS    clock.py  the only clock    errors.py  every error
    logs.py         log lines, with nothing personal in them
    content.py      stretches, routines, safety -> a frozen Library    content_files.py  their shape

In the order a tap takes, which is also the alphabet's:

    core/           law: what is allowed and what follows from it. Pure functions
    edge/           entrance: sockets and HTTP, bytes -> messages
    hub/            order: one queue per room; alerts leave before anything is written
    journal/        truth: what happened, appended before it is told
    screen/         phones: what each is told and shown

Imports run one way (tests/test_architecture.py):
core <- content <- journal, screen <- hub <- edge <- main.
"""

__version__ = "0.3.0"
