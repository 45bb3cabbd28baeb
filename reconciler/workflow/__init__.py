"""READ THIS FIRST: the stages composed, one line per stage.

    declare   files -> Declared      load, parse, decode, resolve, check, render    no platform
    survey    Declared -> Survey     seal secrets, read targets, recover            reads only
    propose   Survey -> Plan         diff, order, lower, rails                      pure
    carry_out Plan -> Applied        replay steps, read again, verdict, record      writes

Targets are read while files are still made out (`ahead`), as soon as files tell of them.

A command is a few of these with a view at the end. Everything that a stage needs from outside
(clock, environment, folder, who asks) comes in `Surroundings`, made by the command line.
"""
