"""llama_cpp opens its libraries by path, below its own folder."""

from PyInstaller.utils.hooks import collect_dynamic_libs

# On Linux the names with a version come along as what these link to.
binaries = [
    (source, folder)
    for source, folder in collect_dynamic_libs("llama_cpp", destdir="llama_cpp/lib")
    if "mtmd" not in source  # pictures as input, of which Carrel has none; not built by set-up either
]
excludedimports = ["llama_cpp.server"]
