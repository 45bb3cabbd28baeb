"""Grandstream: renders the files of its phones and adapters. There is no live adapter here yet."""

from reconciler.adapters.grandstream.render import GrandstreamRenderer

RENDERER = GrandstreamRenderer()
