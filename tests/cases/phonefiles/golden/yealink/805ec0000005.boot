#!version:1.0.0.1
include:config "y000000000078.cfg"
include:config "805ec0000005.cfg"
overwrite_mode = 1
