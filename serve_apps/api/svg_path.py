"""Whether a text is SVG path data that a renderer can draw."""

import re

_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
_COMMAND = re.compile(r"[\s,]*([A-Za-z])")
_NUMBER = re.compile(r"[\s,]*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)")
# The two flags of an arc may stand together with what follows: "a1 1 0 0110 10".
_FLAG = re.compile(r"[\s,]*([01])")
_REST = re.compile(r"[\s,]*\Z")
_LARGEST = 1e6


def path_problem(data: str) -> str | None:
    """What is wrong with path data, None when nothing is.

    The grammar of SVG 1.1 section 8.3.9, with any run of spaces and commas as a separator; numbers up to a million.
    """
    at = 0
    if not re.match(r"\s*[Mm]", data):
        return "must be SVG path data that begins with M"
    while not _REST.match(data, at):
        command = _COMMAND.match(data, at)
        if command is None:
            return f"is not SVG path data at character {at}: a command letter was expected"
        letter, at = command[1].upper(), command.end()
        if letter not in _ARGUMENTS:
            return f"is not SVG path data at character {at - 1}: {command[1]} is not a command"
        count = _ARGUMENTS[letter]
        rounds = 0
        while count and (rounds == 0 or _NUMBER.match(data, at)):
            for index in range(count):
                flag = letter == "A" and index in {3, 4}
                number = (_FLAG if flag else _NUMBER).match(data, at)
                if number is None:
                    return f"is not SVG path data at character {at}: {command[1]} needs {count} numbers"
                if abs(float(number[1])) > _LARGEST:
                    return f"has a number over a million at character {at}"
                at = number.end()
            rounds += 1
    return None
