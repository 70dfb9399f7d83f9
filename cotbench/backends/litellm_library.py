"""litellm, loaded on demand, made silent, and closed again by whoever uses it last."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import sys
import threading
import warnings
from typing import Any

from cotbench.core.errors import ConfigurationError

_LOGGERS = ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router", "litellm", "openai", "httpx", "httpcore", "aiohttp")
_loading = threading.Lock()
_users = 0


def load_litellm() -> Any:
    """Import litellm (seconds, once) without its look-ups on the network, its banners and its log lines.

    May be called from several threads. Raises ConfigurationError if it cannot be imported.
    """
    with _loading:
        return _load()


def preload_litellm() -> None:
    """Begin to import litellm beside whatever else is being done; a failure is told by `load_litellm`."""
    threading.Thread(target=_try_load, name="import litellm", daemon=True).start()


def _try_load() -> None:
    with contextlib.suppress(Exception):
        load_litellm()


def _load() -> Any:
    # All are read at import: the first two stop look-ups on the network, the third the reading of a `.env` file from
    # the working directory; the level silences what is logged before the loggers are.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_LOCAL_BLOG_POSTS", "True")
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
    os.environ.setdefault("LITELLM_LOG", "CRITICAL")
    # Parts of the library are imported by the first calls; what they say about its own classes helps nobody.
    warnings.filterwarnings("ignore", module=r"(?:litellm|openai|pydantic)(?:\..*)?$")
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    first = "litellm" not in sys.modules
    try:
        import litellm
    except ImportError as error:
        raise ConfigurationError(
            f"litellm cannot be imported: {error}", hint="pip install --upgrade litellm"
        ) from error
    if first:
        # Its hundreds of thousands of objects stay for good; the collector need not look at them again and again.
        gc.freeze()
    litellm.suppress_debug_info = True
    litellm.set_verbose = False
    litellm.turn_off_message_logging = True
    litellm.telemetry = False
    litellm.num_retries = 0
    litellm.callbacks = []
    # Tokens are counted with what the package brings along; a tokeniser is not worth a download.
    litellm.disable_hf_tokenizer_download = True
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm


def acquire() -> Any:
    """Load litellm and count one more user of its connections; `release` ends the use."""
    global _users
    library = load_litellm()
    _users += 1
    return library


async def release(library: Any) -> None:
    """End one use; the last one closes every connection that litellm keeps, in the loop that opened them."""
    global _users
    _users = max(0, _users - 1)
    if _users:
        return
    with contextlib.suppress(Exception):
        await library.close_litellm_async_clients()
    with contextlib.suppress(Exception):
        # A closed client that stays in the cache would be handed out again.
        library.in_memory_llm_clients_cache.flush_cache()
    # Sockets are closed by callbacks of the loop, which must get a turn before it ends.
    await asyncio.sleep(0.01)
