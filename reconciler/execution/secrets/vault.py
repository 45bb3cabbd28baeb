"""`vault:PATH#FIELD`: HashiCorp Vault and OpenBao, the key/value engine in version 2.

API: https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-version. The
path's first part is the engine's mount (`secret/voip/bandlane`); a mount of several parts is
written with its `data` (`team/kv/data/voip/bandlane`). Server and token come from the variables
that Vault's own tools use.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from reconciler.errors import SecretUnavailable

if TYPE_CHECKING:
    import ssl

TIMEOUT_S = 10.0


def read_vault(rest: str, environ: Mapping[str, str]) -> str:
    """Return a field of a secret. Raises SecretUnavailable."""
    import httpx

    path, _, name = rest.partition("#")
    server, token = environ.get("VAULT_ADDR", ""), environ.get("VAULT_TOKEN", "")
    if not path.strip("/") or not name:
        raise SecretUnavailable(
            f"The secret vault:{rest} is not written vault:PATH#FIELD.",
            hint="vault:secret/voip/bandlane#password",
        )
    if not server or not token:
        missing = "VAULT_ADDR" if not server else "VAULT_TOKEN"
        raise _unavailable(rest, f"{missing} is not set", f"export {missing}=...")
    headers = {"X-Vault-Token": token, "X-Vault-Request": "true"}
    if namespace := environ.get("VAULT_NAMESPACE"):
        headers["X-Vault-Namespace"] = namespace
    try:
        answer = httpx.get(
            f"{server.rstrip('/')}/v1/{quote(_api_path(path.strip('/')))}",
            headers=headers,
            timeout=TIMEOUT_S,
            verify=_trust(environ.get("VAULT_CACERT")),
        )
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as failure:
        raise _unavailable(
            rest, f"{server} cannot be reached ({type(failure).__name__})", "check VAULT_ADDR"
        ) from None
    if answer.status_code != httpx.codes.OK:
        raise _refused(rest, server, answer.status_code)
    try:
        value = answer.json()["data"]["data"].get(name)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _unavailable(
            rest, f"{server} gave an answer that KV version 2 does not have", "check the mount"
        ) from None
    if not isinstance(value, str) or not value:
        raise _unavailable(rest, f"it has no field {name} with a text", f"vault kv get {path}")
    return value


def _api_path(path: str) -> str:
    if "/data/" in path:
        return path
    mount, _, below = path.partition("/")
    return f"{mount}/data/{below}"


def _trust(bundle: str | None) -> "ssl.SSLContext | bool":
    if not bundle:
        return True
    import ssl

    return ssl.create_default_context(cafile=bundle)


def _refused(rest: str, server: str, status: int) -> SecretUnavailable:
    if status == 403:
        return _unavailable(rest, f"{server} refused the token (403)", "vault login; check policy")
    if status == 404:
        return _unavailable(rest, f"{server} has no such secret (404)", "check mount and path")
    if status == 503:
        return _unavailable(rest, f"{server} is sealed or in maintenance (503)", "vault status")
    return _unavailable(rest, f"{server} answered {status}", "vault status")


def _unavailable(rest: str, why: str, hint: str) -> SecretUnavailable:
    return SecretUnavailable(f"The secret vault:{rest} is not available: {why}.", hint=hint)
