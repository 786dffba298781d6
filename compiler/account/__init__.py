"""The embedded account: a Klaviyo-compatible account in one SQLite file, with an HTTP face.

``Store`` is the file, ``create_app`` the HTTP face over it, ``serve`` that face on loopback, ``seed`` and
``load_definitions`` fill the file. Nothing is imported here, so that Flask loads only where it is needed:
import from ``compiler.account.store``, ``.app``, ``.serve``, ``.seed`` and ``.load``.
"""
