"""Endings of programs, settings, markup and other text that is written in lines rather than paragraphs."""

from __future__ import annotations


def _suffixes(text: str) -> frozenset[str]:
    return frozenset(f".{name}" for name in text.split())


CODE_SUFFIXES = _suffixes(
    # programs
    "py pyi js mjs cjs jsx ts tsx vue svelte java kt kts scala groovy swift c h cc cpp cxx hpp hxx m "
    "mm cs fs vb go rs rb php pl pm lua r jl dart hs ex exs erl clj lisp el ml pas f90 asm s sh bash "
    "zsh fish ps1 bat cmd sql "
    # settings and descriptions
    "yaml yml toml ini cfg conf properties tf gradle cmake mk graphql proto xml xsd xsl xslt svg css "
    "scss less "
    # writing in markup, subtitles, calendars, contacts, translations, changes
    "tex bib sty rst adoc org srt vtt ics vcf po diff patch "
)
