"""What an estate's files add up to, kept from one command to the next. Losing it costs time alone.

    inputs    everything that the answer depends on, as one key
    estate    the answer as text and back, exactly as it was
    packing   single values as JSON and back
    keeping   the files in the workspace's cache. IO

An answer is kept under a key made of all that it was made of, so nothing is ever brought up to
date: when one input is another, so is the key. Answers with an error in them are not kept.
"""
