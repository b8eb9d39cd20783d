"""Turn every way of writing a setting into the same Config, or into one sentence that says what to write."""

from __future__ import annotations

import datetime as dt
import struct
import tomllib
import zlib
from pathlib import Path
from typing import Any

import pytest

from reportgen import config as config_module
from reportgen.config import SETTINGS, Config, commented, default_output, report_date, resolve
from reportgen.errors import OptionError
from reportgen.results import Role

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


def png(width: int = 2, height: int = 2) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress(b"".join(b"\0" + b"\0" * 3 * 2 for _ in range(2)))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def made(options: dict[str, Any] | None = None, environ: dict[str, str] | None = None, **more: Any) -> Config:
    return resolve(options, environ=environ or {}, **more)


def refused(options: dict[str, Any] | None = None, environ: dict[str, str] | None = None, **more: Any) -> str:
    with pytest.raises(OptionError) as caught:
        made(options, environ, **more)
    message = str(caught.value)
    assert "\n" not in message
    return message


# --------------------------------------------------------------------------- precedence


def test_nothing_given_is_the_defaults() -> None:
    config = made(environ={"SOURCE_DATE_EPOCH": "0"})
    assert config == Config(as_of="1970-01-01")
    assert (config.segments, config.seed, config.scaling, config.page) == (None, 20, "auto", "a4")


def test_option_before_environment_before_file_before_default() -> None:
    Path("reportgen.toml").write_text('title = "file"\nperiod = "file"\nauthor = "file"\n')
    environ = {"REPORTGEN_TITLE": "environment", "REPORTGEN_PERIOD": "environment"}
    config = made({"title": "option"}, environ)
    assert (config.title, config.period, config.author, config.organisation) == (
        "option", "environment", "file", None,
    )  # fmt: skip


def test_an_empty_option_means_none_and_an_empty_variable_means_not_given() -> None:
    Path("reportgen.toml").write_text('title = "file"\nperiod = "file"\n')
    config = made({"title": ""}, {"REPORTGEN_PERIOD": ""})
    assert config.title is None
    assert config.period == "file"


def test_a_flag_of_the_file_can_be_switched_off_by_option() -> None:
    Path("reportgen.toml").write_text("strict = true\nshow_ids = true\n")
    config = made({"strict": False})
    assert not config.strict
    assert config.show_ids


def test_config_option_replaces_the_file_of_the_folder() -> None:
    Path("reportgen.toml").write_text('title = "here"\n')
    Path("other.toml").write_text('period = "there"\n')
    assert made({"config": "other.toml"}).title is None
    assert made({}, {"REPORTGEN_CONFIG": "other.toml"}).period == "there"
    assert made({"config": "/dev/null"}).title is None


@pytest.mark.parametrize(
    "setting", [s for s in SETTINGS if s.name not in ("lexicon", "logo", "roles")], ids=lambda s: s.name
)
def test_every_setting_can_stand_in_all_three_places(setting: config_module.Setting) -> None:
    literal = tomllib.loads(f"x = {setting.example}")["x"]
    text = ",".join(literal) if isinstance(literal, list) else str(literal)
    by_option = made({setting.name: (text,) if setting.multiple else literal if setting.flag else text})
    by_variable = made({}, {setting.variable: text})
    for key in (setting.key, setting.key.replace("-", "_")):
        Path("reportgen.toml").write_text(f"{key} = {setting.example}\n")
        assert (
            getattr(made(), setting.name)
            == getattr(by_option, setting.name)
            == getattr(by_variable, setting.name)
        )
    Path("reportgen.toml").unlink()
    assert getattr(by_option, setting.name) != getattr(made(), setting.name) or setting.name == "seed"


def test_paths_in_a_file_are_relative_to_it() -> None:
    Path("sub").mkdir()
    Path("sub/logo.svg").write_bytes(SVG)
    Path("sub/own.toml").write_text('logo = "logo.svg"\noutput = "out.html"\n')
    config = made({"config": "sub/own.toml"})
    assert config.logo == ("image/svg+xml", SVG)
    assert config.output == Path("sub/out.html")


# --------------------------------------------------------------------------- the file


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('titel = "x"', "reportgen.toml: 'titel' is not a known key (did you mean 'title'?)"),
        ("as_off = 1", "did you mean 'as-of'?"),
        ("k = 4", "did you mean 'segments'?"),
        ("[role]\nA = 'id'", "'role' is not a known section (did you mean 'roles'?)"),
        ("qqqq = 1", "reportgen.toml: 'qqqq' is not a known key; reportgen build --help lists them"),
        ("json = true", "reportgen.toml: json belongs on the command line"),
        ("show-ids = true\nshow_ids = true", "stands there twice"),
        ("roles = 3", "roles is not a section; write [roles]"),
        ("title = Hello", "reportgen.toml: is not TOML"),
        ("title = 'x'\ntitle = 'y'", "is not TOML"),
        ("x = " + "[" * 5000, "is not TOML"),
        ("title = true", "reportgen.toml: title: 'True' is not text; put it in quotes"),
        ("segments = true", "reportgen.toml: segments: 'True' is not a possible number of segments"),
        ("segments = 2.5", "'2.5' is not a possible number"),
        ("features = [1]", "'1' is not a column name; put it in quotes"),
        ("as-of = 2026-02-03T04:05:06", "is not a date"),
        ("[roles]\nA = 'amont'", "'amont' for column 'A' is not a role (did you mean 'amount'?)"),
        ("[roles]\nA = 3", "'3' for column 'A' is not a role"),
        ("logo = 3", "is not a path"),
    ],
)
def test_a_wrong_file_is_one_sentence_with_its_name(text: str, says: str) -> None:
    Path("reportgen.toml").write_text(text)
    message = refused()
    assert message.startswith("reportgen.toml: ")
    assert says in message


def test_a_file_that_cannot_be_one() -> None:
    Path("reportgen.toml").write_bytes('title = "Müller"'.encode("cp1252"))
    assert refused() == "reportgen.toml: is not UTF-8 text; save it as UTF-8"
    Path("reportgen.toml").write_bytes(b"#" * 1_000_001)
    assert "larger than 1 MB" in refused()
    assert (
        refused({"config": "absent.toml"})
        == "--config: 'absent.toml' is not there; give the path of a TOML file"
    )
    assert "REPORTGEN_CONFIG: '.' is a folder" in refused({}, {"REPORTGEN_CONFIG": "."})


def test_a_byte_order_mark_dates_and_windows_lines_are_fine() -> None:
    Path("reportgen.toml").write_bytes(b"\xef\xbb\xbfas-of = 2026-09-30\r\ntitle = 'T'\r\n")
    config = made()
    assert (config.as_of, config.title) == ("2026-09-30", "T")


def test_names_in_lists_and_roles_are_taken_as_they_are() -> None:
    Path("reportgen.toml").write_text(
        'ignore = ["a, b", " c "]\n[roles]\n"x=y, z" = "category"\n[mail]\nserver = "s"\n'
    )
    config = made()
    assert config.ignore == ("a, b", "c")
    assert config.roles == {"x=y, z": Role.CATEGORY}
    assert config.mail == {"server": "s"}


# --------------------------------------------------------------------------- the environment


def test_an_unknown_variable_suggests_the_nearest() -> None:
    assert refused({}, {"REPORTGEN_TITEL": "x"}) == (
        "REPORTGEN_TITEL: is not a known variable (did you mean 'REPORTGEN_TITLE'?);"
        " unset it, or see reportgen build --help"
    )
    made({}, {"REPORTGEN_MAIL_PASSWORD": "x", "REPORTGEN_DEBUG": "1", "PATH": "x"})


def test_a_wrong_variable_is_named() -> None:
    assert refused({}, {"REPORTGEN_STRICT": "perhaps"}).startswith("REPORTGEN_STRICT: 'perhaps' is neither")
    assert made({}, {"REPORTGEN_STRICT": "yes"}).strict
    assert made({}, {"REPORTGEN_AS": 'category=A,"amount=B, C"'}).roles == {"A": "category", "B, C": "amount"}


def test_the_date_is_the_option_then_source_date_epoch_then_today() -> None:
    epoch = {"SOURCE_DATE_EPOCH": "1790812800"}
    assert made({"as_of": "2025-01-31"}, epoch).as_of == "2025-01-31"
    assert made({}, epoch).as_of == "2026-10-01"
    assert made().as_of in {dt.date.today().isoformat(), report_date({})}
    for wrong in ("soon", "1e9", "9" * 30):
        assert refused({}, {"SOURCE_DATE_EPOCH": wrong}).startswith("SOURCE_DATE_EPOCH: ")
    made({"as_of": "2025-01-31"}, {"SOURCE_DATE_EPOCH": "soon"})  # not needed, not read


# --------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("name", "wrong", "says"),
    [
        (
            "segments",
            "1",
            "--segments: '1' is not a possible number of segments; write a whole number from 2 to 12,",
        ),
        ("segments", "13", "from 2 to 12"),
        ("segments", "four", "'four'"),
        ("segments", "4.0", "'4.0'"),
        ("segments", "-3", "'-3'"),
        ("segments", "٣", "'٣'"),
        ("seed", "-1", "--seed: '-1' is not a seed"),
        ("seed", str(2**32), "from 0 to 4294967295"),
        ("scaling", "min-max", "--scaling: 'min-max' is not known (did you mean 'minmax'?)"),
        ("page", "a5", "--page: 'a5' is not known; write one of a4, letter"),
        ("accent", "red", "--accent: 'red' is not a colour; write it as #RRGGBB"),
        ("accent", "#12345", "is not a colour"),
        ("accent", "#12345G;}", "is not a colour"),
        ("as_of", "30.09.2026", "--as-of: '30.09.2026' is not a date; write it as YYYY-MM-DD"),
        ("as_of", "2026-02-30", "is not a date"),
        ("as_of", "20260930", "is not a date"),
        ("as_of", "2026-W01-1", "is not a date"),
        ("delimiter", "ab", "--delimiter: 'ab' cannot separate columns"),
        ("delimiter", '"', "cannot separate"),
        ("delimiter", "x", "cannot separate"),
        ("delimiter", "\n", "cannot separate"),
        ("encoding", "utf-9", "--encoding: 'utf-9' is not a text encoding"),
        ("encoding", "hex", "is not a text encoding"),
        ("encoding", "unicode_escape", "is not a text encoding"),
        ("encoding", "a\0b", "is not a text encoding"),
        ("decimal", ";", "--decimal: ';' is not a decimal mark"),
        ("title", "a\nb", "--title: 'a�b' has a line break"),
        ("title", "a\x1b[31mb", "control character"),
        ("title", "a\udcffb", "broken letter"),
        ("title", "x" * 201, "the text has 201 characters; shorten it to at most 200"),
        ("roles", ("REGION",), "--as: 'REGION' is not ROLE=COLUMN; write for example category=REGION"),
        ("roles", ("colour=REGION",), "--as: 'colour' for column 'REGION' is not a role"),
        ("roles", ("id=A", "text=A"), "column 'A' gets two roles, id and text; give one"),
        ("features", ('"A,B',), "--features: '\"A,B' has a quotation mark without its partner"),
        ("logo", "absent.png", "--logo: 'absent.png' is not there; give the path of a PNG or SVG file"),
        ("logo", ".", "is a folder"),
        ("lexicon", "absent.toml", "--lexicon: 'absent.toml' is not there"),
    ],
)
def test_a_wrong_value_says_where_what_and_what_to_write(name: str, wrong: object, says: str) -> None:
    assert says in refused({name: wrong})


@pytest.mark.parametrize(
    ("name", "right", "value"),
    [
        ("segments", "auto", None),
        ("segments", "12", 12),
        ("accent", "#abcdef", "#ABCDEF"),
        ("delimiter", "tab", "\t"),
        ("delimiter", "\\t", "\t"),
        ("delimiter", "\t", "\t"),
        ("delimiter", "Semicolon", ";"),
        ("delimiter", "space", " "),
        ("delimiter", "^", "^"),
        ("delimiter", "auto", None),
        ("encoding", "UTF8", "utf-8"),
        ("encoding", "latin-1", "iso8859-1"),
        ("decimal", "comma", ","),
        ("decimal", ".", "."),
        ("title", "  Kund\N{SOFT HYPHEN}en – «2026»  ", "Kund\N{SOFT HYPHEN}en – «2026»"),
        ("features", ('A, "b, c"', "D,A"), ("A", "b, c", "D")),
        ("roles", ("category=x=y, z",), {"x=y, z": Role.CATEGORY}),
    ],
)
def test_what_is_accepted(name: str, right: object, value: object) -> None:
    assert getattr(made({name: right}), name) == value


def test_a_column_cannot_be_two_things() -> None:
    assert refused({"features": ("A,B",), "ignore": ("B",)}).startswith(
        "--features and --ignore: 'B' is in both"
    )
    assert refused({"id_column": "A", "features": ("A",)}).startswith("--id and --features: 'A'")
    assert refused({"value_column": "A", "ignore": ("A",)}).startswith("--value and --ignore: 'A'")


# --------------------------------------------------------------------------- logo


def test_a_logo_is_what_its_content_says() -> None:
    Path("logo.jpg").write_bytes(png())
    assert made({"logo": "logo.jpg"}).logo == ("image/png", png())
    Path("logo.png").write_bytes(b"\n <!-- drawn -->" + SVG[21:])
    kind = made({"logo": "logo.png"}).logo
    assert kind is not None
    assert kind[0] == "image/svg+xml"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "neither PNG nor SVG"),
        (b"\xff\xd8\xff\xe0 JFIF", "neither PNG nor SVG"),
        (b"<html><svg/></html>", "neither PNG nor SVG"),
        (png()[:-20], "a damaged PNG"),
        (png()[:40] + b"\0" + png()[41:], "a damaged PNG"),
        (png(50_000, 50_000), "50000 x 50000 pixels; make it at most 4000"),
        (SVG[:-4], "a damaged SVG"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>', "with entities"),
        (SVG + b" " * 500_000, "larger than 500 kB"),
    ],
)
def test_a_logo_that_cannot_be_used(content: bytes, says: str) -> None:
    Path("logo").write_bytes(content)
    assert says in refused({"logo": "logo"})


# --------------------------------------------------------------------------- output


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("a/customers.csv", "customers-report.pdf"),
        ("CC GENERAL.csv", "CC GENERAL-report.pdf"),
        ("customers.csv.gz", "customers-report.pdf"),
        ("customers", "customers-report.pdf"),
        ("q3.2026.csv", "q3.2026-report.pdf"),
        ("-", "customers-report.pdf"),
    ],
)
def test_the_default_output_is_named_after_the_table(source: str, output: str) -> None:
    assert made(source=Path(source)).output == Path(output) == default_output(Path(source))


def test_the_end_of_the_name_decides_what_is_written() -> None:
    kinds = [made({"output": name}).output_kind for name in ("a.pdf", "b.PDF", "c.html", "d", "e/", "f.docx")]
    assert kinds == ["pdf", "pdf", "html", "folder", "folder", "folder"]


def test_the_table_is_never_overwritten() -> None:
    Path("t.pdf").write_text("a,b\n")
    Path("link.pdf").symlink_to("t.pdf")
    for output in ("t.pdf", "./t.pdf", "link.pdf"):
        assert "is the table itself" in refused({"output": output}, source=Path("t.pdf"))
    Path("file").write_text("")
    assert "is a file, not a folder" in refused({"output": "file"})
    Path("d.pdf").mkdir()
    assert "is a folder, but ends like a file" in refused({"output": "d.pdf"})
    assert "is a folder, but ends like a file" in refused({"output": "new.pdf/"})


# --------------------------------------------------------------------------- manifest and init


def test_the_settings_as_plain_values() -> None:
    import json

    Path("logo").write_bytes(SVG)
    config = made({"roles": ("id=A",), "features": ("B,C",), "logo": "logo", "output": "/secret/place"})
    plain = json.loads(json.dumps(config.as_options()))
    assert plain["roles"] == {"A": "id"}
    assert plain["features"] == ["B", "C"]
    assert plain["logo"] == "image/svg+xml"
    assert "output" not in plain
    assert "mail" not in plain


def test_the_written_file_changes_nothing_until_edited() -> None:
    Path("reportgen.toml").write_text(commented())
    epoch = {"SOURCE_DATE_EPOCH": "0"}
    assert made(environ=epoch) == Config(as_of="1970-01-01")


def test_every_commented_example_is_valid_when_its_mark_is_removed() -> None:
    text = commented()
    for setting in SETTINGS:
        if setting.name != "roles":
            assert text.count(f"# {setting.key} = {setting.example}\n") == 1
    Path("our-words.toml").write_text("")
    Path("logo.svg").write_bytes(SVG)
    settings = "".join(f"{s.key} = {s.example}\n" for s in SETTINGS if s.name != "roles")
    Path("reportgen.toml").write_text(settings)
    assert made().title == "Our card customers"


def test_awkward_names_survive_the_written_file() -> None:
    names = ["A b", 'quo"te', "back\\slash", "tab\there", "é", "a.b", "", "#x", "\x7f", "=", "]"]
    text = commented(
        values={"title": 'A "b" \\ c', "features": ("x, y",)},
        roles=[(n, "text", "why\nnot \x1b") for n in names],
    )
    Path("reportgen.toml").write_text(text, encoding="utf-8")
    config = made()
    assert list(config.roles) == names
    assert config.title == 'A "b" \\ c'
    assert config.features == ("x, y",)
