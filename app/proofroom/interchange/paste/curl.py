"""A curl command in any shell's quoting: its address, headers and body, never its API key."""

from __future__ import annotations

import re
from collections import deque
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

from proofroom.errors import ProofroomError
from proofroom.interchange.paste import shell
from proofroom.interchange.paste.pasted import Notes, mapping

_START = re.compile(r"(?:^|[\n|;&])[\s$%>]*(?:\^\s*)?curl(?:\.exe)?\s")
_SECRET = re.compile(
    r"authorization|api[-_]?key|apikey|token|secret|cookie|password|credential|signature",
    re.IGNORECASE,
)
# What our own adapters send, or what only this one request needed.
_OWN_HEADERS = frozenset(
    [
        "content-type",
        "accept",
        "user-agent",
        "content-length",
        "host",
        "connection",
        "expect",
        "accept-encoding",
        "accept-language",
        "origin",
        "referer",
        "anthropic-version",
        "priority",
    ]
)
_DATA = frozenset(("-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"))
_WITH_VALUE = frozenset(
    [
        "-X",
        "--request",
        "-o",
        "--output",
        "-m",
        "--max-time",
        "--connect-timeout",
        "-A",
        "--user-agent",
        "-e",
        "--referer",
        "-x",
        "--proxy",
        "--cacert",
        "--retry",
        "-w",
        "--write-out",
        "-b",
        "--cookie",
        "-c",
        "--cookie-jar",
        "-E",
        "--cert",
        "--key",
        "--resolve",
        "--limit-rate",
        "--max-redirs",
        "--retry-delay",
        "--retry-max-time",
        "--interface",
        "--noproxy",
        "--preproxy",
        "--ciphers",
        "--capath",
        "--cert-type",
        "--connect-to",
        "--unix-socket",
        "--proto",
        "--proto-default",
        "--tls-max",
        "--dns-servers",
        "--keepalive-time",
        "--speed-limit",
        "--speed-time",
        "--trace",
        "--trace-ascii",
        "--stderr",
        "-D",
        "--dump-header",
        "-K",
        "--config",
        "-Q",
        "--quote",
        "-r",
        "--range",
        "-y",
        "-Y",
        "-z",
        "--time-cond",
        "--netrc-file",
        "--aws-sigv4",
    ]
)
_KEYS = frozenset(("-u", "--user", "--oauth2-bearer", "-U", "--proxy-user", "--pass"))
_FORMS = frozenset(("-F", "--form", "--data-urlencode", "-T", "--upload-file"))
_SHORT = re.compile(r"-([A-Za-z])(.+)", re.DOTALL)
_NO_VALUE = "sSkvLiNfgGIO#0"


class Curl(Struct, frozen=True, kw_only=True):
    """What a curl command sends, without secrets."""

    url: str
    body: str
    headers: dict[str, str]


def is_curl(text: str) -> bool:
    """Tell whether a curl command stands in the text."""
    return _START.search(text[:20_000]) is not None


def read(text: str, notes: Notes) -> Curl:
    """Return what the first curl command in the text sends.

    Raises ProofroomError if it cannot be read or sends no body that stands in the text.
    """
    start = _START.search(text)
    if start is None:
        raise ValueError("no curl command")
    command = shell.words(text[start.start() :].lstrip("\n|;& \t$%>"))
    command_words, heredoc = command.words, command.heredoc
    url, data, headers = _arguments(command_words[1:], notes)
    body = "&".join(_body(piece, heredoc, text[: start.start()]) for piece in data)
    if not body.strip():
        raise _error("The curl command sends no body", "Paste the whole command, with its -d.")
    return Curl(url=_without_keys(url, notes), body=body, headers=_kept(headers, notes))


def _arguments(given: list[str], notes: Notes) -> tuple[str, list[str], list[tuple[str, str]]]:
    url = ""
    data: list[str] = []
    headers: list[tuple[str, str]] = []
    queue = deque(_spread(given))  # a list is slow to shorten: seconds for 400,000 words
    while queue:
        word = queue.popleft()
        if word in _FORMS:
            raise _error(
                "The curl command sends a form, not a JSON request",
                "Paste a command with a JSON body after -d.",
            )
        if word in _DATA:
            data.append(_next(queue))
        elif word in ("-H", "--header"):
            name, _, value = _next(queue).partition(":")
            headers.append((name.strip(), value.strip()))
        elif word in _KEYS:
            _next(queue)
            _lose_key(f"option {word}", notes)
        elif word == "--url":
            url = _next(queue) or url
        elif word in _WITH_VALUE:
            _next(queue)
        elif not word.startswith("-"):
            url = url or word
    return url, data, headers


def _next(queue: deque[str]) -> str:
    return queue.popleft() if queue else ""


def _spread(given: list[str]) -> list[str]:
    """Return arguments with values apart: -XPOST, -sSd BODY and --data=BODY as curl reads them."""
    found: list[str] = []
    for word in given:
        name, equals, value = word.partition("=")
        match = _SHORT.fullmatch(word)
        if (
            equals
            and name in _DATA | _WITH_VALUE | _KEYS | {"--header", "--url"}
            and name[1] == "-"
        ):
            found += [name, value]
        elif match and not word.startswith("--"):
            letters = word[1:]
            while letters and letters[0] in _NO_VALUE:
                letters = letters[1:]
            found += [f"-{letters[0]}"] if letters else []
            found += [letters[1:]] if letters[1:] else []
        else:
            found.append(word)
    return found


def _body(piece: str, heredoc: str, before: str) -> str:
    if not piece.startswith("@"):
        return piece
    if piece != "@-":
        raise _error(
            f"The body is in the file {piece[1:]}, which is not part of the paste",
            "Paste the file's text instead of the command.",
        )
    return heredoc or shell.echoed(before)


def _kept(headers: list[tuple[str, str]], notes: Notes) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name, value in headers:
        if _SECRET.search(name) or value.lower().startswith(("bearer ", "basic ")):
            _lose_key(f"header {name}", notes)
        elif name and name.lower() not in _OWN_HEADERS:
            kept[name] = value
    return kept


def _without_keys(url: str, notes: Notes) -> str:
    """Return the address without user, password and query, of which only keys are reported."""
    full = url if "://" in url else f"https://{url}"
    try:
        parts = urlsplit(full)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if parts.username or parts.password:
        _lose_key("address", notes)
    for name, _ in parse_qsl(parts.query):
        if _SECRET.search(name) or name.lower() == "key":
            _lose_key(f"address, {name}", notes)
    return f"{parts.scheme}://{host}{port}{parts.path}"


def _lose_key(where: str, notes: Notes) -> None:
    notes.lose("An API key", where, "Keys are kept in the keychain, never in a prompt.")


def _error(what: str, fix: str) -> ProofroomError:
    return ProofroomError(what, where="the pasted text", fix=fix)


def model_in(url: str) -> str:
    """Return the model that stands in an address of Google's, '' in any other."""
    match = re.search(r"/models/([^/:]+):", url)
    return match[1] if match else ""


def with_model(request: Any, url: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a request with the model of its address, if it names none itself."""
    name = model_in(url)
    fields = mapping(request)
    return {"model": name, **fields} if name and fields else request
