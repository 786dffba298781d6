"""Value shapes both ways: what an author writes, and what the API holds.

Each meaning that a field's ``$ref`` can name has one codec, with two verbs: ``lower`` (author to API) and
``lift`` (API to author). The golden rule of spelling: a short form is canonical exactly when it expands to
the same object; every ``lift`` checks that by lowering what it is about to answer.
"""
