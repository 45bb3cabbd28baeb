#!version:1.0.0.1
include:config "y000000000028.cfg"
include:config "001565000007.cfg"
overwrite_mode = 1
