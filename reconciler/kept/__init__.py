"""What is kept from one command to the next. Losing it costs time alone.

    inputs    everything that an answer depends on, as one key
    estate    what an estate's files add up to, as text and back, exactly as it was: file by file
    rows      what a file declares, resolved
    handouts  what the devices of a file are given
    edited    what files add up to after some of them were edited, by what is kept of the rest
    entries   which entries of an edited file say what they said
    answer    what a platform holds, the same way, secrets sealed
    settled   of which files all is as it should be, signed: not compared again. IO
    packing   single values as JSON and back
    keeping   estates as files in the workspace's cache. IO
    answers   platforms' answers as files there, one a target, signed; beside it what was read
              since. IO
    filing    a file is there whole or not at all. IO

An answer is kept under a key made of all that it was made of: when one input is another, so is the
key. Where only files are others, an estate is worked out anew, with what is kept of each entry that
is the same, as far as that holds (`edited` says when). Answers with an error in them are not kept.
What a platform holds is read each time; only what the bytes mean is kept, under their trace.
"""
