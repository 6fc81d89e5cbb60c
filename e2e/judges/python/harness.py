"""Cases of a judge: `--list` names them, a run prints a line of JSON for each."""

import json
import sys
import time
import traceback

_cases = []


def case(name):
    """Registers a function; it gets the namespace that the run has made."""

    def register(function):
        _cases.append((name, function))
        return function

    return register


def equal(got, want):
    assert got == want, f"got {got!r}, want {want!r}"


def raises(kind, function, **attributes):
    """The exception that the call must raise, with these attributes."""
    try:
        function()
    except kind as error:
        for name, want in attributes.items():
            equal(getattr(error, name), want)
        return error
    raise AssertionError(f"no {kind.__name__} was raised")


def eventually(probe, seconds=30):
    """Tries again until the probe gives a true value without raising; then gives that."""
    end = time.monotonic() + seconds
    pause = 0.02
    while True:
        try:
            value = probe()
            if value:
                return value
            error = AssertionError(f"still {value!r}")
        except Exception as raised:  # told at the end
            error = raised
        if time.monotonic() > end:
            raise error
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)


def main(namespace):
    """`namespace` is a context manager that makes one and removes it."""
    if "--list" in sys.argv:
        print("\n".join(name for name, _ in _cases))
        return
    with namespace() as name:
        for title, function in _cases:
            verdict = {"name": title}
            try:
                function(name)
            except Exception:
                verdict["error"] = traceback.format_exc(limit=-6)[-3000:]
            print(json.dumps(verdict), flush=True)
