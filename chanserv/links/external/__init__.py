"""RapidPro's External API from the platform's side: whatever speaks it is a carrier of ours, and we its platform.

codec   what such a device tells us, and what it is answered; what it is sent, `profiles.external` knows
link    a link of `links.rest` whose requests those are        door, doors   the paths the device calls
"""
