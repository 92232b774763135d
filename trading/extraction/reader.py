"""Reads PDF and DOCX files that strangers wrote; run as a program by `trading.extraction`, which tells its limits.

Standard input: one line of JSON, ``{"cpu", "memory", "pages", "letters", "stream", "files": [[kind, length], …]}``, then the
bytes of the files.  Standard output: one line of JSON for each file, in order.  Units: seconds of processor for each file, bytes
of memory and of one unpacked stream or part, pages, letters.  The process can write no file and gets no environment; a file that
takes too long ends it, and whoever started it sees by the missing line which one.
"""

import json
import re
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import BadZipFile, ZipFile

from pypdf import PdfReader, overwrite_configuration
from pypdf.errors import LimitReachedError

Found = dict[str, Any]

_LINE = re.compile(r"[^\S\n]*\n(?!\s*\n)[^\S\n]*")


class Limit(Exception):
    """More than the limits allow."""


def pdf(raw: bytes, limits: Found) -> Found:
    """The text of each page, lines of a paragraph joined, and what the file says of its making."""
    book = PdfReader(BytesIO(raw))
    if book.is_encrypted and not book.decrypt(""):
        return {"why": "encrypted"}
    told: Found = {"authors": [], "documents": [], "stamps": [], "pages": [], "paged": True}
    with suppress(Exception):  # what a broken dictionary says of the making is nothing, and the text may still be there
        said = {k: str(v).strip() for k, v in (book.metadata or {}).items()}
        told["authors"] = [said.get("/Author", "")]
        if said.get("/CreationDate"):
            told["stamps"] = [f"{said.get('/Producer', '')} {said['/CreationDate']}"]
    with suppress(Exception):
        told["documents"] = [bytes(book.trailer["/ID"][0].original_bytes).hex()]  # type: ignore[index]
    with suppress(Exception):
        meta = book.xmp_metadata
        told["documents"] += [str(meta.xmpmm_document_id or "")] if meta else []
    left = limits["letters"]
    for number, page in enumerate(book.pages, 1):
        if number > limits["pages"]:
            return told | {"why": "limit"}
        text = _LINE.sub(" ", page.extract_text())
        told["pages"].append(text[:left])
        left -= len(text)
        if left < 0:
            return told | {"why": "limit"}
    return told if any(map(str.strip, told["pages"])) else told | {"why": "no-text"}


def docx(raw: bytes, limits: Found) -> Found:
    """The text of the document's body, a line for each paragraph, and what the file says of its making."""
    with ZipFile(BytesIO(raw)) as parts:
        names = set(parts.namelist())

        def elements(name: str) -> Iterator[tuple[str, str, dict[str, str]]]:
            if name not in names:
                return iter(())
            with parts.open(name) as part:
                xml = part.read(limits["stream"] + 1)
            if len(xml) > limits["stream"]:
                raise Limit
            return iter(_elements(xml))

        text = "".join(_written(elements("word/document.xml")))
        core = {tag: said for tag, said, _ in elements("docProps/core.xml")}
        company = [said for tag, said, _ in elements("docProps/app.xml") if tag == "Company"]
        marks = [
            next(iter(v for k, v in given.items() if k == "val"), "")
            for tag, _, given in elements("word/settings.xml")
            if tag in ("rsidRoot", "docId")
        ]
    told: Found = {"pages": [text[: limits["letters"]]], "paged": False, "documents": marks}
    told["authors"] = [core.get("creator", ""), core.get("lastModifiedBy", ""), *company]
    told["stamps"] = [core["created"]] if core.get("created") else []
    return told | {"why": "limit" if len(text) > limits["letters"] else "" if text.strip() else "no-text"}


def _written(elements: Iterator[tuple[str, str, dict[str, str]]]) -> Iterator[str]:
    for tag, said, _ in elements:
        match tag:
            case "t":
                yield said
            case "tab" | "br":
                yield " "
            case "p":
                yield "\n"
            case _:
                pass


def _elements(xml: bytes) -> list[tuple[str, str, dict[str, str]]]:
    """Each element by local name, with the text directly in it and its attributes, in the order of their ends.

    A declaration of a document type is refused: it is what entities that grow are made of, and no such part has one.
    """
    found: list[tuple[str, str, dict[str, str]]] = []
    above: list[tuple[list[str], dict[str, str]]] = []

    def begin(_tag: str, given: dict[str, str]) -> None:
        above.append(([], {name.rpartition(" ")[2]: value for name, value in given.items()}))

    def end(tag: str) -> None:
        words, given = above.pop()
        found.append((tag.rpartition(" ")[2], "".join(words), given))

    def declared(*_: object) -> None:
        raise ValueError("document type")

    def said(data: str) -> None:
        above[-1][0].append(data)

    parser = ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler = said
    parser.StartDoctypeDeclHandler = declared
    parser.Parse(xml, True)
    return found


KINDS: dict[str, Callable[[bytes, Found], Found]] = {"pdf": pdf, "docx": docx}


def read(kind: str, raw: bytes, limits: Found) -> Found:
    """One file; whatever is wrong with it is a word under ``why``."""
    try:
        return KINDS[kind](raw, limits)
    except (LimitReachedError, Limit):
        return {"why": "limit"}
    except MemoryError:
        return {"why": "memory"}
    except (BadZipFile, ExpatError):
        return {"why": "broken"}
    except Exception:  # a parser of what strangers wrote fails in every way there is; the file is then not read
        return {"why": "broken"}


def main() -> None:
    """Reads what standard input holds."""
    limits = json.loads(sys.stdin.buffer.readline())
    overwrite_configuration(
        zlib_maximum_output_length=limits["stream"],
        lzw_maximum_output_length=limits["stream"],
        run_length_maximum_output_length=limits["stream"],
        array_based_stream_maximum_output_length=limits["stream"],
        jbig2dec_binary=None,
        disable_legacy_handling=True,
    )
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for kind, length in limits["files"]:
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = int(used.ru_utime + used.ru_stime)
        resource.setrlimit(resource.RLIMIT_CPU, (spent + limits["cpu"], resource.RLIM_INFINITY))
        told = read(kind, sys.stdin.buffer.read(length), limits)
        sys.stdout.buffer.write(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
