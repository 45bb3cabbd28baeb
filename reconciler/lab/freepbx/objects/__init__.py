"""What FreePBX's modules do to the tables, whatever the channel the request came over."""
