"""What a REST provider wants, told as data: profiles in TOML, compiled once, and everything they can say.

A profile is what every account at one provider has in common; the account is a
link. Octets of HTTP, accounts, stores and clocks are not known here: a request
comes as a value and leaves as one, and the time is an argument.

    trees        a body (JSON, form, XML, text) -> one kind of tree; `multipart` is one of them
    paths        where in a tree
    filters      what may be done to a value: a closed list; `arguments` stand behind their colons
    expressions  a path through filters; `conditions` compare them, `templates` have them inside texts
    shape        which tables and keys a profile's TOML may have
    sending      [send] -> what makes a request of a part; `sigv4` signs one; `external`: the same from courier's words
    requests     requests as values, and their octets
    replies      [send.reply] -> what an answer means
    hooks        what a webhook tells, by `statuses` among others; `hearing` makes it of [[hook]] and [answer]
    verify       [[verify]] -> is a webhook the provider's
    cases        [[test]]; `trying` runs them, and `stub` plays the provider by them
    profile      all of it, as one value; `shelf` knows where profiles lie
"""
