"""Qt's style sheet, made from the tokens. One function per family of controls.

Widgets say what they are with the dynamic properties `kind`, `tone`, `type` and `weight`
(`desktop/theme/controls.py`); nothing here names a widget of one screen.
"""

from __future__ import annotations

from collections.abc import Callable

from desktop.theme.fonts import FAMILY
from desktop.theme.tokens import Palette, Radius, Type

Pixels = Callable[[int], int]


def stylesheet(palette: Palette, pixels: Pixels) -> str:
    """The whole style sheet; `pixels` scales a type size to the person's text size."""
    families = (_surfaces, _labels, _buttons, _inputs, _menus, _tables, _scroll_bars, _sliders, _progress)
    return "\n".join(family(palette, pixels) for family in families)


def _surfaces(p: Palette, _: Pixels) -> str:
    return f"""
    QWidget {{ color: {p.text}; }}
    QWidget#window, QWidget[kind="page"] {{ background: {p.background}; }}
    QWidget[kind="panel"] {{ background: {p.panel}; }}
    QFrame[kind="card"] {{
        background: {p.raised}; border: 1px solid {p.line}; border-radius: {Radius.CARD}px;
    }}
    QFrame[kind="card"][chosen="true"] {{ border-color: {p.accent}; }}
    QFrame[kind="card"]:focus {{ border-color: {p.accent_ring}; }}
    QFrame[kind="row"] {{
        background: transparent; border: 1px solid transparent; border-radius: {Radius.CARD}px;
    }}
    QFrame[kind="row"]:hover {{ background: {p.hover}; }}
    QFrame[kind="row"]:focus {{ border-color: {p.accent}; }}
    QFrame[kind="inset"] {{
        background: {p.background}; border: 1px solid {p.line}; border-radius: {Radius.CONTROL}px;
    }}
    QWidget[kind="note"] {{ background: {p.panel}; border-bottom: 1px solid {p.line}; }}
    QAbstractScrollArea[kind="desk"] {{ background: {p.panel}; border: none; }}
    QFrame[kind="line"] {{ background: {p.line}; border: none; }}
    QFrame[kind="bubble"] {{
        background: {p.accent_soft}; border: none; border-radius: {Radius.CARD}px;
        border-bottom-right-radius: 4px;
    }}
    QWidget[kind="cloud"] {{ background: {p.cloud_soft}; border-radius: {Radius.CARD}px; }}
    QFrame[kind="offer"] {{
        background: transparent; border: 1px solid {p.line}; border-radius: {Radius.CONTROL}px;
    }}
    QFrame[kind="pill"] {{ background: {p.raised}; border: 1px solid {p.line}; border-radius: 13px; }}
    QFrame[kind="pill"][tone="accent"] {{ background: {p.accent_soft}; border-color: {p.accent_soft}; }}
    QFrame[kind="pill"][tone="warning"] {{ background: {p.warning_soft}; border-color: {p.warning_soft}; }}
    QFrame[kind="toast"] {{
        background: {p.raised}; border: 1px solid {p.line}; border-radius: {Radius.CONTROL}px;
    }}
    QFrame[kind="table"] {{
        background: {p.raised}; border: 1px solid {p.line}; border-radius: {Radius.CARD}px;
    }}
    QFrame[kind="table-head"] {{
        background: {p.panel}; border: none; border-bottom: 1px solid {p.line};
        border-top-left-radius: {Radius.CARD - 1}px; border-top-right-radius: {Radius.CARD - 1}px;
    }}
    QScrollArea, QScrollArea > QWidget > QWidget[kind="clear"], QWidget[kind="clear"] {{
        background: transparent; border: none;
    }}
    QFrame[kind="popup"] {{
        background: {p.raised}; border: 1px solid {p.focus_line}; border-radius: {Radius.CONTROL}px;
    }}
    QTextBrowser {{
        background: transparent; border: none; padding: 0; color: {p.text};
        selection-background-color: {p.accent}; selection-color: {p.on_accent};
    }}
    QListView {{ background: transparent; border: none; outline: none; }}
    QToolTip {{
        background: {p.raised}; color: {p.text}; border: 1px solid {p.line}; padding: 5px 8px;
        font-family: "{FAMILY}"; font-size: {Type.SMALL}px;
    }}
    """


def _labels(p: Palette, px: Pixels) -> str:
    return f"""
    QLabel {{ background: transparent; border: none; font-size: {px(Type.INTERFACE)}px; }}
    QLabel[type="small"] {{ font-size: {px(Type.SMALL)}px; }}
    QLabel[type="label"] {{ font-size: {px(Type.LABEL)}px; }}
    QLabel[type="reading"] {{ font-size: {px(Type.READING)}px; }}
    QLabel[type="title"] {{ font-size: {px(Type.TITLE)}px; }}
    QLabel[type="display"] {{ font-size: {px(Type.DISPLAY)}px; }}
    QLabel[weight="medium"] {{ font-weight: 500; }}
    QLabel[weight="semibold"] {{ font-weight: 600; }}
    QLabel[tone="muted"] {{ color: {p.muted}; }}
    QLabel[tone="faint"] {{ color: {p.faint}; }}
    QLabel[tone="accent"] {{ color: {p.accent}; }}
    QLabel[tone="warning"] {{ color: {p.warning}; }}
    QLabel[tone="danger"] {{ color: {p.danger}; }}
    QLabel[tone="cloud"] {{ color: {p.cloud}; }}
    """


def _buttons(p: Palette, px: Pixels) -> str:
    return f"""
    QPushButton {{
        font-size: {px(Type.INTERFACE)}px; font-weight: 500; color: {p.text};
        background: {p.raised}; border: 1px solid {p.line}; border-radius: {Radius.CONTROL}px;
        padding: 7px 13px;
    }}
    QPushButton:hover {{ background: {p.hover}; }}
    QPushButton:pressed {{ background: {p.line}; }}
    QPushButton:disabled {{ color: {p.faint}; background: {p.panel}; }}
    QPushButton:focus {{ border: 2px solid {p.accent}; padding: 6px 12px; }}
    QPushButton[kind="primary"] {{
        background: {p.accent}; color: {p.on_accent}; border: 1px solid {p.accent};
    }}
    QPushButton[kind="primary"]:hover {{ background: {p.accent_hover}; border-color: {p.accent_hover}; }}
    QPushButton[kind="primary"]:disabled {{ background: {p.line}; border-color: {p.line}; color: {p.muted}; }}
    QPushButton[kind="primary"]:focus {{ border: 2px solid {p.accent_ring}; }}
    QPushButton[kind="cloud"] {{
        background: {p.cloud}; color: {p.on_cloud}; border: 1px solid {p.cloud};
    }}
    QPushButton[kind="cloud"]:hover {{ background: {p.cloud_hover}; border-color: {p.cloud_hover}; }}
    QPushButton[kind="cloud"]:disabled {{ background: {p.line}; border-color: {p.line}; color: {p.muted}; }}
    QPushButton[kind="cloud"]:focus {{ border: 2px solid {p.text}; }}
    QPushButton[kind="danger"] {{ color: {p.danger}; }}
    QPushButton[kind="quiet"], QPushButton[kind="link"] {{
        background: transparent; border-color: transparent;
    }}
    QPushButton[kind="quiet"] {{ color: {p.muted}; font-weight: 400; }}
    QPushButton[kind="quiet"]:hover {{ background: {p.hover}; }}
    QPushButton[kind="link"] {{
        color: {p.accent}; padding: 3px 0; font-size: {px(Type.LABEL)}px; border: none; text-align: left;
        border-radius: {Radius.CHIP}px;
    }}
    QPushButton[kind="link"]:hover {{ text-decoration: underline; }}
    QPushButton[kind="link"]:disabled {{ color: {p.faint}; }}
    QPushButton[kind="quiet"]:focus {{ border-color: {p.accent}; }}
    QPushButton[kind="link"]:focus {{
        border: none; background: {p.accent_soft}; text-decoration: underline;
    }}
    QPushButton[kind="chip"] {{
        color: {p.muted}; font-size: {px(Type.LABEL)}px; font-weight: 400;
        background: transparent; border: 1px solid {p.line}; border-radius: 8px; padding: 4px 9px;
    }}
    QPushButton[kind="chip"]:hover {{ background: {p.hover}; color: {p.text}; }}
    QPushButton[kind="chip"]:focus {{ border: 2px solid {p.accent}; padding: 3px 8px; }}
    QPushButton[kind="chip"]::menu-indicator, QPushButton::menu-indicator {{ image: none; width: 0; }}
    QPushButton[kind="picker"], QPushButton[kind="toggle"] {{
        font-size: {px(Type.LABEL)}px; font-weight: 400; border-radius: 8px; padding: 5px 9px;
    }}
    QPushButton[kind="picker"]:focus, QPushButton[kind="toggle"]:focus {{
        border: 2px solid {p.accent}; padding: 4px 8px;
    }}
    QPushButton[kind="picker"] {{ text-align: left; }}
    QPushButton[kind="toggle"] {{ color: {p.muted}; background: transparent; }}
    QPushButton[kind="toggle"]:checked {{
        background: {p.accent_soft}; border-color: {p.accent_soft}; color: {p.text};
    }}
    QPushButton[kind="toggle"]:checked:focus {{ border-color: {p.accent}; }}
    QPushButton[kind="suggestion"] {{
        text-align: left; font-size: {px(Type.INTERFACE)}px; font-weight: 400; padding: 11px 14px;
        border-radius: {Radius.CONTROL}px;
    }}
    QPushButton[kind="suggestion"]:focus {{ border: 2px solid {p.accent}; padding: 10px 13px; }}
    QPushButton[kind="place"] {{
        text-align: left; font-size: {px(Type.INTERFACE)}px; font-weight: 400; color: {p.muted};
        background: transparent; border: 1px solid transparent; border-radius: 8px; padding: 8px 9px;
    }}
    QPushButton[kind="place"]:hover {{ background: {p.hover}; color: {p.text}; }}
    QPushButton[kind="place"]:checked {{ background: {p.accent_soft}; color: {p.text}; font-weight: 500; }}
    QPushButton[kind="place"]:focus {{ border: 2px solid {p.accent}; padding: 7px 8px; }}
    QPushButton[kind="raised"] {{
        text-align: left; padding: 9px 9px; border-bottom-color: {p.focus_line};
    }}
    QPushButton[kind="raised"]:focus {{ border: 2px solid {p.accent}; padding: 8px 8px; }}
    QPushButton[kind="segment"] {{
        background: transparent; border: 1px solid transparent; border-radius: 7px; padding: 5px 14px;
        color: {p.muted}; font-weight: 500; font-size: {px(Type.LABEL)}px;
    }}
    QPushButton[kind="segment"]:hover {{ color: {p.text}; }}
    QPushButton[kind="segment"]:checked {{
        background: {p.raised}; border-color: {p.line}; color: {p.text};
    }}
    QPushButton[kind="segment"]:focus {{ border: 2px solid {p.accent}; padding: 4px 13px; }}
    QPushButton[kind="status"] {{
        background: transparent; border: 1px solid transparent; border-radius: {Radius.CHIP}px;
        color: {p.muted}; font-size: {px(Type.SMALL)}px; font-weight: 400; padding: 2px 7px;
    }}
    QPushButton[kind="status"]:hover {{ background: {p.hover}; color: {p.text}; }}
    QPushButton[kind="status"]:focus {{ border: 1px solid {p.accent}; }}
    QToolButton {{
        background: transparent; border: 2px solid transparent; border-radius: 8px; padding: 4px;
    }}
    QToolButton:hover {{ background: {p.hover}; }}
    QToolButton:pressed, QToolButton:checked {{ background: {p.hover}; }}
    QToolButton:focus {{ border-color: {p.accent}; }}
    QToolButton::menu-indicator {{ image: none; width: 0; }}
    QToolButton[kind="send"] {{ background: {p.accent}; border-radius: {Radius.CONTROL}px; padding: 5px; }}
    QToolButton[kind="send"]:hover {{ background: {p.accent_hover}; }}
    QToolButton[kind="send"]:disabled {{ background: {p.line}; }}
    QToolButton[kind="send"]:focus {{ border-color: {p.accent_ring}; }}
    QToolButton[kind="floating"] {{
        background: {p.raised}; border: 1px solid {p.line}; border-radius: 17px; padding: 7px;
    }}
    QToolButton[kind="floating"]:focus {{ border-color: {p.accent}; }}
    """


def _inputs(p: Palette, px: Pixels) -> str:
    # Qt would draw a hint in the text's colour at half strength, which nobody could read.
    return f"""
    QLineEdit, QPlainTextEdit {{ placeholder-text-color: {p.faint}; }}
    QLineEdit {{
        background: {p.raised}; border: 1px solid {p.line}; border-radius: {Radius.CONTROL}px;
        padding: 6px 9px; font-size: {px(Type.INTERFACE)}px;
        selection-background-color: {p.accent}; selection-color: {p.on_accent};
    }}
    QLineEdit:focus {{ border-color: {p.accent}; }}
    QPlainTextEdit[kind="text"] {{
        background: {p.raised}; border: 1px solid {p.line}; border-radius: {Radius.CONTROL}px;
        padding: 3px 6px; font-size: {px(Type.INTERFACE)}px;
        selection-background-color: {p.accent}; selection-color: {p.on_accent};
    }}
    QPlainTextEdit[code="true"] {{ font-family: monospace; font-size: {px(Type.LABEL)}px; }}
    QPlainTextEdit[kind="text"]:focus {{ border-color: {p.accent}; }}
    QLineEdit[wrong="true"], QPlainTextEdit[wrong="true"] {{ border-color: {p.danger}; }}
    QLineEdit[kind="small"] {{
        border-radius: 8px; padding: 4px 8px; font-size: {px(Type.LABEL)}px;
    }}
    QLineEdit[kind="quiet"] {{
        background: transparent; border: 1px solid transparent; border-radius: 8px; padding: 6px 8px;
    }}
    QLineEdit[kind="quiet"]:hover {{ background: {p.hover}; }}
    QLineEdit[kind="quiet"]:focus {{ background: {p.raised}; border-color: {p.accent}; }}
    QLineEdit[kind="bare"], QLineEdit[kind="bare"]:focus {{
        background: transparent; border: none; padding: 4px 0;
    }}
    QPlainTextEdit[kind="composer"] {{
        background: transparent; border: none; font-size: {px(Type.READING)}px; padding: 0;
        selection-background-color: {p.accent}; selection-color: {p.on_accent};
    }}
    QPlainTextEdit[kind="page-editor"] {{
        background: {p.background}; border: 1px solid {p.line}; border-radius: 8px; padding: 4px;
        selection-background-color: {p.accent}; selection-color: {p.on_accent};
    }}
    QPlainTextEdit[kind="page-editor"]:focus {{ border-color: {p.accent}; }}
    QListWidget::item {{ padding: 5px 8px; border-radius: {Radius.CHIP}px; color: {p.text}; }}
    QListWidget::item:selected {{ background: {p.accent_soft}; }}
    QFrame[kind="segments"] {{
        background: {p.panel}; border: 1px solid {p.line}; border-radius: {Radius.CONTROL}px;
    }}
    """


def _menus(p: Palette, px: Pixels) -> str:
    return f"""
    QMenu {{
        background: {p.raised}; border: 1px solid {p.line}; border-radius: {Radius.CONTROL}px; padding: 5px;
        font-size: {px(Type.INTERFACE)}px;
    }}
    QMenu::item {{
        padding: 7px 28px 7px 10px; border-radius: {Radius.CHIP}px; margin: 1px; color: {p.text};
    }}
    QMenu::item:selected {{ background: {p.accent_soft}; }}
    QMenu::item:disabled {{ color: {p.faint}; }}
    QMenu::icon {{ padding-left: 8px; }}
    QMenu::separator {{ height: 1px; background: {p.line}; margin: 5px 8px; }}
    """


def _tables(p: Palette, px: Pixels) -> str:
    half = int(px(Type.LABEL) * 0.6) + 5  # of a filter's height; Qt draws corners of more than that square
    return f"""
    QTableView {{ background: {p.background}; border: none; outline: none; }}
    QHeaderView {{ background: {p.panel}; border: none; }}
    QHeaderView::section {{
        background: {p.panel}; color: {p.muted}; border: none; border-bottom: 1px solid {p.line};
        font-size: {px(Type.LABEL)}px; font-weight: 500; padding: 0 14px;
    }}
    QHeaderView::section:first {{ padding-left: 24px; }}
    QPushButton[kind="filter"] {{
        color: {p.muted}; font-size: {px(Type.LABEL)}px; font-weight: 400;
        background: {p.raised}; border: 1px solid {p.line}; border-radius: {half}px; padding: 4px 11px;
    }}
    QPushButton[kind="filter"]:hover {{ background: {p.hover}; color: {p.text}; }}
    QPushButton[kind="filter"]:checked {{
        background: {p.accent_soft}; border-color: {p.accent_soft}; color: {p.accent}; font-weight: 500;
    }}
    QPushButton[kind="filter"]:focus {{ border: 2px solid {p.accent}; padding: 3px 10px; }}
    """


def _scroll_bars(p: Palette, _: Pixels) -> str:
    return f"""
    QAbstractScrollArea::corner {{ background: transparent; border: none; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0 2px; }}
    QScrollBar::handle {{ background: {p.line}; border-radius: 3px; }}
    QScrollBar::handle:vertical {{ min-height: 36px; margin: 0 2px; }}
    QScrollBar::handle:horizontal {{ min-width: 36px; margin: 2px 0; }}
    QScrollBar::handle:hover {{ background: {p.faint}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    """


def _sliders(p: Palette, _: Pixels) -> str:
    return f"""
    QSlider {{ background: transparent; min-height: 22px; }}
    QSlider::groove:horizontal {{ background: {p.line}; height: 4px; border-radius: 2px; }}
    QSlider::sub-page:horizontal {{ background: {p.accent}; height: 4px; border-radius: 2px; }}
    QSlider::add-page:horizontal {{ background: {p.line}; height: 4px; border-radius: 2px; }}
    QSlider::handle:horizontal {{
        background: {p.raised}; border: 2px solid {p.accent}; width: 14px; border-radius: 9px; margin: -7px 0;
    }}
    QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus {{ background: {p.accent}; }}
    QSlider::handle:horizontal:disabled {{ border-color: {p.faint}; }}
    QSlider::sub-page:horizontal:disabled {{ background: {p.faint}; }}
    """


def _progress(p: Palette, _: Pixels) -> str:
    return f"""
    QProgressBar {{
        background: {p.line}; border: none; border-radius: 3px; max-height: 6px; min-height: 6px;
    }}
    QProgressBar::chunk {{ background: {p.accent}; border-radius: 3px; }}
    """
