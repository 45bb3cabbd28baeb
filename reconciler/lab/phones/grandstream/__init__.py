"""Grandstream: five generations of web servers, P-values, XML files."""
