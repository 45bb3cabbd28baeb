"""Phone files: what a phone is told, in the bytes that its model reads. Pure.

    inventory   declarations -> what phones take from elsewhere (templates, firmware)
    build       Desired, Inventory -> Phone      the vendor-neutral view, with sources
    render      Phone, Vendor -> PhoneFile       checked for capacity, loss and size

A renderer (`vendor.py`) knows one vendor's format; the command line passes them in. Secrets stay
references in the rendered parts and are put in by `file.py` at the last moment.
"""
