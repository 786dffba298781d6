"""What all tests share: properties are checked with the same examples every time, without a deadline."""

from hypothesis import settings

settings.register_profile("flowc", deadline=None, derandomize=True)
settings.load_profile("flowc")
