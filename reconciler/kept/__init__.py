"""What is kept from one command to the next. Losing it costs time alone.

    inputs    everything that an answer depends on, as one key
    estate    what an estate's files add up to, as text and back, exactly as it was
    answer    what a platform holds, the same way, secrets sealed
    packing   single values as JSON and back
    keeping   estates as files in the workspace's cache. IO
    answers   platforms' answers as files there, one a target, signed. IO
    filing    a file is there whole or not at all. IO

An answer is kept under a key made of all that it was made of, so nothing is ever brought up to
date: when one input is another, so is the key. Answers with an error in them are not kept. What a
platform holds is read each time; only what the bytes mean is kept, under their trace.
"""
