"""Download one file from the model hub; run as a script of its own, so that it can be watched and ended.

Arguments: repository, file, folder. Prints the path of the file, or one line that says why not and exits with 1.
"""

from __future__ import annotations

import socket
import sys
import urllib.parse
import urllib.request


def main(repo: str, file: str, folder: str) -> int:
    """Download `file` of `repo` into `folder`; return the exit status."""
    import huggingface_hub
    from huggingface_hub import constants

    cached = huggingface_hub.try_to_load_from_cache(repo, file)
    if isinstance(cached, str):
        print(cached)  # noqa: T201
        return 0
    if constants.HF_HUB_OFFLINE:
        return _fail("HF_HUB_OFFLINE is set and the file is not in the hub's cache")
    host = urllib.parse.urlsplit(constants.ENDPOINT).hostname or ""
    if not urllib.request.getproxies():
        # The library repeats a failed name look-up for half a minute; one answer is enough here.
        try:
            socket.getaddrinfo(host, 443)
        except OSError as error:
            return _fail(f"the hub cannot be reached ({error.strerror or error})")
    try:
        print(huggingface_hub.hf_hub_download(repo, file, local_dir=folder, etag_timeout=4))  # noqa: T201
    except Exception as error:
        return _fail(f"{type(error).__name__}: {error}".splitlines()[0])
    return 0


def _fail(reason: str) -> int:
    print(reason)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
