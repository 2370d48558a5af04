"""VPNs as the gateway sees them: whether they are up, since when, and why not. Their state is read, never changed.

    state                     values: a finding, a health
    wireguard strongswan      what a look saw and what it means (pure)
    route device
    vici                      strongSwan's protocol, octets to values and back (pure)
    command charon looks      how a look is taken: programs, the daemon's socket
    watch                     one tunnel looked at again and again; it tells who wants to know
    fleet                     all of them, and the gate of each link

No key is read, no device set up, no security association begun or ended: that is the business of wg-quick, of
strongSwan and of whoever runs them.
"""
