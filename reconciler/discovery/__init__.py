"""Finding phones: by neighbours, SIP, HTTP and the PBX's contacts. Reads only, logs in nowhere."""
