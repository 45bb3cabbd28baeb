"""Taking over what exists: `adopting` for what is declared, `importing` for what is not yet.

Neither writes anything to a platform. Both end in the ledger: what they took is ours afterwards.
"""
