"""Softphones: the account that an app is given, and what its QR code carries. Pure.

build_softphone     a softphone with its extension and PBX -> Softphone, the app-neutral view
App.fill            Softphone -> Sheet: the app's settings, each with what it carries out
App.account         Sheet -> PhoneFile: the file that the app fetches, or the text it scans
App.scanned         Softphone, Link -> what the QR code of an app that fetches carries
"""
