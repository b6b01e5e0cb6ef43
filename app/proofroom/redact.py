"""Takes secrets out of text, and their variables out of a child's environment.

Remembered keys are found letter by letter, in the forms that JSON, URLs, HTML and base64 give them;
all others by their shape, so that a shape nobody knows stays: remember every key that is in use.
Redact before cutting a text short, or half a key stays behind.
"""

from __future__ import annotations

import base64
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from urllib.parse import quote, quote_plus

MARK = "[redacted]"
SECRET_FIELDS = frozenset(
    ("access_key_id", "secret_access_key", "session_token", "private_key", "private_key_id")
)
"""What is secret in a key of several fields: AWS's three, and those of a service account."""
SHORTEST = 8  # local servers take words such as 'ollama' for a key; those are no secrets

KEY_VARIABLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "openai": ("OPENAI_API_KEY",),
        "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
        "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        "mistral": ("MISTRAL_API_KEY",),
        "groq": ("GROQ_API_KEY",),
        "deepseek": ("DEEPSEEK_API_KEY",),
        "openrouter": ("OPENROUTER_API_KEY", "OR_API_KEY"),
        "xai": ("XAI_API_KEY",),
        "together": ("TOGETHER_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_AI_API_KEY"),
        "fireworks": ("FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY", "FIREWORKSAI_API_KEY"),
        "azure": ("AZURE_API_KEY", "AZURE_OPENAI_API_KEY"),
        "azure_ai": ("AZURE_AI_API_KEY",),
        "bedrock": ("AWS_BEARER_TOKEN_BEDROCK",),
        "vertex_ai": ("VERTEXAI_CREDENTIALS",),
        "cohere": ("COHERE_API_KEY", "CO_API_KEY"),
        "perplexity": ("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"),
        "cerebras": ("CEREBRAS_API_KEY",),
        "sambanova": ("SAMBANOVA_API_KEY",),
        "nvidia_nim": ("NVIDIA_NIM_API_KEY", "NVIDIA_API_KEY"),
        "deepinfra": ("DEEPINFRA_API_KEY",),
        "huggingface": ("HF_TOKEN", "HUGGINGFACE_API_KEY", "HUGGING_FACE_HUB_TOKEN"),
        "replicate": ("REPLICATE_API_KEY", "REPLICATE_API_TOKEN"),
        "databricks": ("DATABRICKS_API_KEY", "DATABRICKS_TOKEN"),
        "dashscope": ("DASHSCOPE_API_KEY",),
        "moonshot": ("MOONSHOT_API_KEY",),
        "ai21": ("AI21_API_KEY",),
        "nebius": ("NEBIUS_API_KEY",),
        "novita": ("NOVITA_API_KEY",),
        "hyperbolic": ("HYPERBOLIC_API_KEY",),
        "voyage": ("VOYAGE_API_KEY",),
        "ollama": ("OLLAMA_API_KEY",),
        "vllm": ("HOSTED_VLLM_API_KEY",),
        "lmstudio": ("LM_STUDIO_API_KEY",),
    }
)
"""Provider to the variables that hold its API key, the first one that is set being taken."""

_ALSO_SECRET = frozenset(
    """
    AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AZURE_AD_TOKEN
    AZURE_CLIENT_SECRET GOOGLE_APPLICATION_CREDENTIALS GITHUB_TOKEN GH_TOKEN
    LITELLM_MASTER_KEY LITELLM_SALT_KEY LANGFUSE_SECRET_KEY WATSONX_TOKEN OPENAI_ADMIN_KEY
    COMETAPI_KEY FRIENDLI_TOKEN VERTEXAI_CREDENTIALS FIREWORKS_AI_TOKEN GIGACHAT_CREDENTIALS
    GIGACHAT_ACCESS_TOKEN WATSONX_APIKEY
    """.split()  # noqa: SIM905 - twenty names read better in five lines
)
_SECRET_NAME = re.compile(
    r".*(API_?KEYS?|API_(TOKEN|SECRET)|ACCESS_TOKEN|AUTH_TOKEN|SECRET_KEY|CLIENT_SECRET)"
)

_AT_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2})|(?<=\bc))"  # c: csk-...
_DIGIT_NEAR = r"(?=[\w-]{0,60}[0-9])"  # bounded, so that 'sk-sk-sk-...' stays linear
_OF_SK = {"sk-ant-": "Anthropic", "sk-or-": "OpenRouter", "sk-lf-": "Langfuse"}
# (kind, how it begins, what follows)
_SHAPES = (
    ("OpenAI", "sk-", r"(?:ant-[\w-]{8,}+|" + _DIGIT_NEAR + r"[\w-]{16,}+)"),
    ("Google", "AIza", r"[\w-]{30,}+"),
    ("Google", "ya29.", r"[\w.-]{20,}+"),
    ("Groq", "gsk_", r"\w{20,}+"),
    ("xAI", "xai-", _DIGIT_NEAR + r"[\w-]{20,}+"),
    ("Hugging Face", "hf_", r"[A-Za-z0-9]{20,}+"),
    ("AWS", "AKIA", r"[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("AWS", "ASIA", r"[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("GitHub", "ghp_", r"[A-Za-z0-9]{20,}+"),
    ("GitHub", "gho_", r"[A-Za-z0-9]{20,}+"),
    ("GitHub", "ghu_", r"[A-Za-z0-9]{20,}+"),
    ("GitHub", "ghs_", r"[A-Za-z0-9]{20,}+"),
    ("GitHub", "ghr_", r"[A-Za-z0-9]{20,}+"),
    ("GitHub", "github_pat_", r"\w{22,}+"),
    ("GitLab", "glpat-", r"[\w-]{20,}+"),
    ("Slack", "xox", r"[abeprs]-[\w-]{10,}+"),
    ("Stripe", "sk_live_", r"\w{16,}+"),
    ("Stripe", "sk_test_", r"\w{16,}+"),
    ("Perplexity", "pplx-", r"[\w-]{20,}+"),
    ("Fireworks", "fw_", r"(?=\w{0,30}[0-9])[A-Za-z0-9]{20,}+"),
    ("NVIDIA", "nvapi-", r"[\w-]{20,}+"),
    ("Replicate", "r8_", r"\w{20,}+"),
    ("Together", "tgp_", r"[\w-]{20,}+"),
    ("web token", "eyJ", r"[\w-]{8,}+\.[\w-]{8,}+\.[\w-]*+"),
    (
        "private key",
        "-----BEGIN ",
        (
            # no group of it is possessive: Python 3.11.2 goes past where such a group ends
            r"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
            r"[\w+/=\s\\:,.]*+(?:-(?!----)[\w+/=\s\\:,.]*+)*"
            r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?"
        ),
    ),
)


@cache
def _keys() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Return the shapes ready to be looked for; made late, since the window would wait for it."""
    return tuple(
        (kind, begins, re.compile(_AT_START + re.escape(begins) + rest, re.ASCII))
        for kind, begins, rest in _SHAPES
    )


_USER = r"://(?:[^\s/?#@:\"'<>\[\]]{0,256}:)?"
_IN_URL = re.compile(_USER + r"(?P<value>[^\s/?#@\"'<>\[\]]{1,1024})@")
# words after which a value is a secret, and how: '"api_key": "..."', 'x-api-key: ...', '?key=...'
_WORDS = ("key", "token", "secret", "passw", "authorization", "bearer", "credential")
_ASSIGNED = re.compile(
    r"[A-Za-z]{0,12}[\\\"']{0,4}[ \t]{0,8}(?::|=>|=|%3[AaDd])[ \t]{0,8}[\\\"'`]{0,4}"
    r"(?:(?:Bearer|Basic|Token)[ ]{1,4})?(?P<value>[A-Za-z0-9_~+/.=$%-]{8,}+)(?![(\[])",
    re.ASCII | re.IGNORECASE,
)
_BEARER = re.compile(r"bearer[ \t]{1,4}(?P<value>[A-Za-z0-9_~+/.=-]{8,}+)", re.IGNORECASE)
_STRONG = re.compile(r"(?:(?:api|access|auth|x|subscription)[-_ ]?|[?&]|private[-_]|secret[-_])\Z")
_LONG = 20
_lock = threading.Lock()
_remembered: Counter[str] = Counter()
_forms: tuple[str, ...] = ()

Span = tuple[int, int]


def remember(secret: str) -> None:
    """Take `secret`, and each part of one in several fields, out of every text from now on.

    Calls are counted. One of under 8 characters, or one that is part of the mark itself, is not
    remembered.
    """
    for part in secret_parts(secret):
        if len(part) >= SHORTEST and part not in MARK:
            with _lock:
                _remembered[part] += 1
                _renew()


def forget(secret: str) -> None:
    """Undo one `remember`; the last one drops the secret from this process's table."""
    with _lock:
        for part in secret_parts(secret):
            _remembered[part] -= 1
            if _remembered[part] <= 0:
                del _remembered[part]
        _renew()


def secret_parts(secret: str) -> tuple[str, ...]:
    """Return `secret` itself and, of one in several fields, the values that are secret."""
    fields = secret_fields(secret)
    return (secret, *(fields[name] for name in sorted(SECRET_FIELDS & fields.keys())))


def secret_fields(secret: str) -> dict[str, str]:
    """Return the values of a secret in several fields by their names, {} for a plain key."""
    import json  # noqa: PLC0415 - the window begins without a key

    if not secret.startswith("{"):
        return {}
    try:
        found = json.loads(secret)
    except ValueError:
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def redacted(text: str) -> str:
    """Return `text` with each secret replaced by `[redacted]`; the same again changes nothing."""
    spans = _merged(_spans(text))
    while spans:
        text = _replaced(text, spans)
        # what stands beside a mark now may have become a secret's shape
        spans = _merged(_spans(text))
    return text


def looks_like_key(text: str) -> str | None:
    """Return whose key stands in `text` ('OpenAI', 'private key', 'saved key'), None for none."""
    if any(form in text for form in _forms):
        return "saved key"
    return next((kind for kind, _ in _shaped(text)), None)


def without_keys(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a child: every variable that is known to hold a key is gone."""
    return {name: value for name, value in environ.items() if not is_key_variable(name)}


def is_key_variable(name: str) -> bool:
    """Tell whether the environment variable `name` holds a key, by our table or by its name."""
    upper = name.upper()
    return upper in _TABLE or _SECRET_NAME.fullmatch(upper) is not None


_TABLE = _ALSO_SECRET | {name for names in KEY_VARIABLES.values() for name in names}


def _renew() -> None:
    global _forms  # noqa: PLW0603 - readers take one whole tuple and need no lock
    found = {form for secret in _remembered for form in _written(secret)}
    _forms = tuple(sorted(found, key=lambda form: (-len(form), form)))


def _written(secret: str) -> Iterator[str]:
    """Yield the forms in which a secret can stand in a text."""
    import html  # noqa: PLC0415 - the window begins without a key
    import json  # noqa: PLC0415

    data = secret.encode("utf-8", "surrogatepass")
    plain = [secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]]
    plain += [repr(secret)[1:-1], html.escape(secret), html.escape(secret, quote=False)]
    for encoded in (quote(data, safe=""), quote(data), quote_plus(data)):
        plain += [encoded, re.sub("%..", lambda found: found[0].lower(), encoded)]
    plain += [plain[1].replace("/", "\\/"), json.dumps(plain[1])[1:-1]]
    for before in range(3):  # within a longer text it may begin at each of three places
        encoded = base64.b64encode(bytes(before) + data).decode()
        whole = encoded[(0, 2, 3)[before] : len(encoded) - (0, 3, 2)[(before + len(data)) % 3]]
        plain += [whole, whole.replace("+", "-").replace("/", "_")]
    return (form for form in plain if len(form) >= SHORTEST and form not in MARK)


def _found(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + len(part))


def _shaped(text: str) -> Iterator[tuple[str, Span]]:
    for kind, begins, shape in _keys():
        end = 0
        for at in _found(text, begins):
            if at >= end and (match := shape.match(text, at)):
                end = match.end()
                more = text[at : text.find("-", at + len(begins)) + 1] if begins == "sk-" else ""
                yield _OF_SK.get(more, kind), match.span()


def _assigned(text: str) -> Iterator[Span]:
    # only this one letter changes its length, and positions must stay
    lowered = text.replace("\u0130", "I").lower()
    for word in _WORDS:
        end = 0
        for at in _found(lowered, word):
            if at < end:
                continue
            match = (_BEARER if word == "bearer" else _ASSIGNED).match(text, at)
            if match is None:
                continue
            end = match.end()
            strong = word not in ("key", "token") or _STRONG.search(lowered[max(0, at - 14) : at])
            if _is_secret(match["value"], strong=bool(strong)):
                yield match.span("value")


def _is_secret(value: str, *, strong: bool) -> bool:
    """Tell a random value from a name, a number or a word."""
    digits = sum(map(value.count, "0123456789"))
    if not digits or digits == len(value) or value.startswith("$"):
        return False
    if strong:
        return len(value) >= SHORTEST and (digits > 1 or len(value) >= _LONG)
    return len(value) >= _LONG and digits > 2 and len(set(value)) >= len(value) ** 0.5 * 2  # noqa: PLR2004


def _spans(text: str) -> Iterator[Span]:
    for form in _forms:
        for at in _found(text, form):
            yield at, at + len(form)
    for _, span in _shaped(text):
        yield span
    for at in _found(text, "://"):
        match = _IN_URL.match(text, at)
        if match and (":" in match[0][3:] or len(match["value"]) >= _LONG):
            yield match.span("value")
    yield from _assigned(text)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _replaced(text: str, spans: Iterable[Span]) -> str:
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts += [text[at:start], MARK]
        at = end
    return "".join([*parts, text[at:]])
