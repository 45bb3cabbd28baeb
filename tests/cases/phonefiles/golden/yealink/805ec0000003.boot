#!version:1.0.0.1
include:config "y000000000124.cfg"
include:config "805ec0000003.cfg"
overwrite_mode = 1
