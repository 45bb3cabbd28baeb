"""One file per kind: an object as FreePBX holds it, to and fro."""
