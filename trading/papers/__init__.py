"""The papers of a tender: plain values in, the neutral tree that `archive.paper` prints out.

Pure.  One module for each kind; the values are defined here and hold only what the paper says, so that
whoever keeps the state maps it to them.  A builder that lacks a content which an article demands
raises ``paper.missing`` with the item and the article; nothing is ever left blank in silence.
The wording is 按…条款设计: no paper claims to be certified.
"""
