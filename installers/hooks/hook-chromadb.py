"""chromadb names its parts by strings. Only the embedded store is taken along."""

from PyInstaller.utils.hooks import collect_submodules

# The server and everything that speaks with one; the embedders, which fetch models from the network.
LEFT_OUT = (
    "chromadb.auth.basic_authn",
    "chromadb.auth.simple_rbac_authz",
    "chromadb.auth.token_authn",
    "chromadb.cli",
    "chromadb.db",
    "chromadb.experimental",
    "chromadb.logservice",
    "chromadb.proto",
    "chromadb.segment",
    "chromadb.server",
    "chromadb.test",
)


def _is_wanted(name: str) -> bool:
    return not name.startswith(LEFT_OUT)


hiddenimports = ["chromadb_rust_bindings", *collect_submodules("chromadb", filter=_is_wanted)]
