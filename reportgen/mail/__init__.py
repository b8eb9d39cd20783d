"""Turn a finished report into messages that were delivered, and a record of what became of each.

The only package that speaks SMTP. ``send.py`` is the sequence on one page: check the report
(``preflight``), make the message (``message``), say whose turn it is (``ledger``), hand it to the
server (``transport``).

Exactly-once delivery over SMTP cannot be had: between the final dot of a message and the server's
answer the sender does not know whether the message was taken (RFC 5321, 4.5.3.2.6). reportgen says
so instead of guessing: such a recipient is ``unknown``, is reported with exit code 4, and by default
is never sent the report again until somebody decides (``--resolve``).
"""
