"""The FreePBX adapter, one file at a time; against what a real FreePBX answered."""
