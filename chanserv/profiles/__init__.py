"""What a REST provider wants, told as data: profiles in TOML, compiled once, and everything they can say.

A profile is what every account at one provider has in common; the account is a
link. Octets of HTTP, accounts, stores and clocks are not known here: a request
comes as a value and leaves as one, and the time is an argument.

    trees        a body (JSON, form, XML, text) -> one kind of tree; `multipart` is one of them
    paths        where in a tree
    filters      what may be done to a value: a closed list; `arguments` stand behind their colons
    expressions  a path through filters; `conditions` compare them, `templates` have them inside texts
    sending      a part -> `requests`; `replies` say what an answer means, `hooks` what a webhook tells
    verify       is a webhook the provider's
    profile      all of these, of one provider; `reading` makes it of its tables (`shape`), `shelf` knows where they lie
    cases        its examples: `trying` runs them, `stub` plays the provider by them

`external` is a device's requests told in courier's {{variables}} instead: one more that can be sent.
"""
