"""Attachments as bidders make them: PDF and DOCX, whole, locked, broken and hostile."""

import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from pypdf import PdfReader, PdfWriter

from archive.paper.press import pdf as printed
from archive.paper.tree import Document, Paragraph, Section
from archive.values import Instant

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf(text: str, author: str = "", at: Instant = 0) -> bytes:
    """A PDF of one paragraph; ``author`` heads its pages too."""
    return printed(Document("技术文件", "", (Section(blocks=(Paragraph(text),)),), platform=author, at=at))


def locked(raw: bytes, password: str) -> bytes:
    """A PDF with a password for opening it."""
    writer, out = PdfWriter(PdfReader(BytesIO(raw))), BytesIO()
    writer.encrypt(password, "owner", algorithm="AES-256")
    writer.write(out)
    return out.getvalue()


def raw_pdf(content: bytes, pages: int = 1, font: bytes = b"") -> bytes:
    """A PDF whose pages all show one compressed content stream, object 3; ``font`` is said of their font besides."""
    kids = b" ".join(b"%d 0 R" % (5 + n) for n in range(pages))
    squeezed = zlib.compress(content)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages),
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(squeezed), squeezed),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding%s>>" % font,
        *[b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 3 0 R/Resources<</Font<</F 4 0 R>>>>>>"] * pages,
    ]
    out, places = b"%PDF-1.7\n", []
    for n, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (n, body)
    table = b"".join(b"%010d 00000 n \n" % p for p in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return out + head + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(out))


def docx(text: str, creator: str = "", editor: str = "", company: str = "", id: str = "", head: str = "") -> bytes:
    """A DOCX of a paragraph for each line; ``head`` goes before its body's root."""
    lines = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in text.splitlines())
    parts = {
        "word/document.xml": f'{head}<w:document xmlns:w="{W}"><w:body>{lines}</w:body></w:document>',
        "word/settings.xml": f'<w:settings xmlns:w="{W}"><w:rsids><w:rsidRoot w:val="{id}"/></w:rsids></w:settings>',
        "docProps/core.xml": '<c:p xmlns:c="urn:c" xmlns:d="urn:d" xmlns:t="urn:t">'
        f"<d:creator>{creator}</d:creator><c:lastModifiedBy>{editor}</c:lastModifiedBy>"
        "<t:created>2026-10-01T02:03:00Z</t:created></c:p>",
        "docProps/app.xml": f'<P xmlns="urn:p"><Company>{company}</Company></P>',
    }
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as z:
        for name, xml in parts.items():
            z.writestr(name, xml)
    return out.getvalue()
