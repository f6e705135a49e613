"""pyqtgraph imports some of its parts by name. Without its examples, type stubs and pictures of its maker."""

from PyInstaller.utils.hooks import collect_data_files

datas = collect_data_files("pyqtgraph", includes=["colors/maps/*", "icons/*.png", "icons/*.svg"])
hiddenimports = [
    "pyqtgraph.graphicsItems.PlotItem.plotConfigTemplate_generic",
    "pyqtgraph.graphicsItems.ViewBox.axisCtrlTemplate_generic",
    "pyqtgraph.imageview.ImageViewTemplate_generic",
    "pyqtgraph.multiprocess.bootstrap",
    # Imported with the plot itself, whether or not anything is drawn by it.
    "PySide6.QtOpenGL",
    "PySide6.QtOpenGLWidgets",
]
