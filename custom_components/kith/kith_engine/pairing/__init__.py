"""How an engine and a home on other machines learn who the other is, once, by a code of six digits.

From then on both prove it in TLS 1.3, by the certificates that the code bound to each other.
"""
