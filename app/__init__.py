"""Say When: two phones, one stretching session. The map of this folder.

In the order in which they build on each other; none imports what stands below it, no two files
import each other (tests/test_architecture.py):

    errors.py       every error, and what each answers with
    core/           law: what is allowed and what follows from it. Pure functions
    clock.py        the only clock
    config.py       settings, and where templates, static and content are
    content/        words and numbers of content/ -> a frozen Library
    logs.py         log lines, with nothing personal in them
    https/          certificates of this machine's own
    journal/        truth: what happened, appended before it is told
    protocol/       what phones say and are told, and how it is written
    record/         events -> the record of a session, its strips, its CSV
    server/         bytes: listening sockets, connections, requests
    hub/            order: the door to a room, and the rooms behind it
    pairing/        how a phone comes to a seat: invitations, knocks, tokens
    screen/         templates, static files, figures -> pages
    web/            pages and the API for programs, a file per subject
    doctor/         what is wrong with this machine, and what to do
    live/           the live socket of one phone
    main.py         create_app(settings): the only wiring
    serve_https.py  the same server with --https, and the page on which phones come to trust it
    serve.py        one process, one listening socket
    cli.py          `saywhen serve | backup | restore | check-content | doctor`

A tap goes through server/, live/, protocol/, hub/, core/, journal/ and back: docs/way-of-a-stop.md.
"""

__version__ = "0.4.0"
