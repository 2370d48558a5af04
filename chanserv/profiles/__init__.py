"""What a REST provider wants, told as data: profiles in TOML, compiled once, and everything they can say.

A profile is what every account at one provider has in common; the account is a
link. Octets of HTTP, accounts, stores and clocks are not known here: a request
comes as a value and leaves as one, and the time is an argument.

    trees        a body (JSON, form, XML, text) -> one kind of tree; `multipart` is one of them
    paths        where in a tree
    filters      what may be done to a value: a closed list; `arguments` stand behind their colons
    expressions  a path through filters; `conditions` compare them, `templates` have them inside texts
"""
