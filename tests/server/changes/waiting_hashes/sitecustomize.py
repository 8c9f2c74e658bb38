"""Hashing a password takes this machine a moment, but none of its processors: who waits for whom is all the same."""

import time

from werkzeug.security import check_password_hash, generate_password_hash

from almoxarife.server.accounts import passwords

HASHING_S = 0.1
WEAK = "scrypt:256:8:1"


def generate(password: str) -> str:
    time.sleep(HASHING_S)
    return generate_password_hash(password, method=WEAK)


def check(stored: str, password: str) -> bool:
    time.sleep(HASHING_S)
    return check_password_hash(stored, password)


passwords.generate_password_hash = generate
passwords.check_password_hash = check
passwords._HASH_OF_NOBODY = generate_password_hash("nobody's", method=WEAK)
