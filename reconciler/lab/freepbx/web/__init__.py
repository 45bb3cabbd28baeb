"""The web pages: sessions, edit forms, ajax.php, exports."""
