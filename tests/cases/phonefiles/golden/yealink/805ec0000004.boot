#!version:1.0.0.1
include:config "y000000000096.cfg"
include:config "805ec0000004.cfg"
overwrite_mode = 1
