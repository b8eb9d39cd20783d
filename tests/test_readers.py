from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reportgen.errors import InputError, OptionError
from reportgen.readers import read
from reportgen.readers.parsing import _short_lines
from reportgen.results import Table

ROWS = [("C1", "10.5", "3"), ("C2", "20.25", "4"), ("C3", "7", "5"), ("C4", "0", "6")]
HEADER = ("id", "spend", "visits")


def write(folder: Path, content: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def text(delimiter: str = ",", end: str = "\n", rows: list[tuple[str, ...]] | None = None) -> str:
    return "".join(delimiter.join(row) + end for row in [HEADER, *(rows or ROWS)])


def body(table: Table) -> list[tuple[str, ...]]:
    return [tuple(row) for row in table.cells.itertuples(index=False)]


def codes(table: Table) -> list[str]:
    return [note.code for note in table.notes]


def assert_plain(table: Table) -> None:
    assert table.header == HEADER
    assert body(table) == ROWS
    assert table.rows_read == len(ROWS) + len(table.set_aside)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(tmp_path: Path, delimiter: str, end: str) -> None:
    path = write(tmp_path, text(delimiter, end))
    table = read(path)
    assert_plain(table)
    assert table.delimiter == delimiter
    assert table.notes == ()
    assert table.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert table.size == path.stat().st_size


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16", b""), ("utf-32", b""),
     ("utf-16-le", b""), ("utf-16-be", b""), ("utf-32-le", b"")],
)  # fmt: skip
def test_unicode_encodings(tmp_path: Path, encoding: str, mark: bytes) -> None:
    table = read(write(tmp_path, mark + text().encode(encoding)))
    assert_plain(table)


@pytest.mark.parametrize("encoding", ["cp1252", "cp1251", "gb18030", "iso8859_2"])
def test_old_encodings_are_guessed_and_noted(tmp_path: Path, encoding: str) -> None:
    words = {
        "cp1252": "Müller Straße, Genève à côté; señor Peña",
        "cp1251": "Покупатель из Москвы постоянный клиент магазина",
        "gb18030": "北京的客户经常购买电子产品和图书",
        "iso8859_2": "Zażółć gęślą jaźń, łódź, świętokrzyskie źdźbło",
    }[encoding].replace(",", "")
    rows = [(f"{words} {i}", "1", "2") for i in range(300)]
    table = read(write(tmp_path, text(rows=rows).encode(encoding)))
    assert body(table) == rows
    assert codes(table) == ["encoding-guess"]
    assert "--encoding" in table.notes[0].message


@pytest.mark.parametrize("encoding", ["cp1252", "cp1253", "cp1251", "cp1250", "cp932", "cp949", "gb18030"])
def test_a_short_file_with_few_signs(tmp_path: Path, encoding: str) -> None:
    names, words = {
        "cp1252": ("Cliente;Età;Fatturato;Fedele", ("sì", "no")),
        "cp1253": ("Πελάτης;Ηλικία;Ποσό;Ενεργός", ("ναι", "όχι")),
        "cp1251": ("Клиент;Возраст;Сумма;Пол", ("М", "Ж")),
        "cp1250": ("Klient;Płeć wiek;Wartość zakupów;Zgoda", ("tak", "Łódź")),
        "cp932": ("顧客番号;年齢;購入金額;性別", ("男性", "女性")),
        "cp949": ("고객번호;나이;구매금액;성별", ("남", "여")),
        "gb18030": ("客户编号;年龄;消费金额;性别", ("男", "女")),
    }[encoding]
    sign = {"cp1252": "€ ", "cp1253": "€ "}.get(encoding, "")
    rows = [(f"K{i}", str(20 + i), f"{sign}{i},50", words[i % 2]) for i in range(60)]
    content = "\n".join([names, *(";".join(row) for row in rows)])
    table = read(write(tmp_path, content.encode(encoding)))
    assert table.header == tuple(names.split(";"))
    assert body(table) == rows
    assert codes(table) == ["encoding-guess"]


def test_spanish_is_not_polish(tmp_path: Path) -> None:
    rows = [(f"José Peña {i}", "Sí", "2") for i in range(60)]
    content = "\n".join(["Cliente,¿Tiene crédito?,Número", *(",".join(row) for row in rows)])
    table = read(write(tmp_path, content.encode("cp1252")))
    assert table.header == ("Cliente", "¿Tiene crédito?", "Número")
    assert body(table) == rows


def test_a_header_of_two_rows_is_put_together(tmp_path: Path) -> None:
    rows = [(f"c{i}", f"{i}.5", str(i), f"{2 * i}.25", "7") for i in range(40)]
    for upper in (",2024,2024,2025,2025", ",2024,,2025,"):
        lines = [upper, "client,Sales,Orders,Sales,Orders", *(",".join(row) for row in rows)]
        table = read(write(tmp_path, "\n".join(lines).encode()))
        assert table.header == ("client", "Sales 2024", "Orders 2024", "Sales 2025", "Orders 2025")
        assert body(table) == rows
        assert codes(table) == ["header-two-rows"]
    lines = [",Web,Web,Shop,Shop", "client,Sales,Orders,Sales,Orders", *(",".join(row) for row in rows)]
    assert read(write(tmp_path, "\n".join(lines).encode())).header[1:3] == ("Web Sales", "Web Orders")


def test_a_line_of_dashes_below_the_header(tmp_path: Path) -> None:
    lines = ["| id | spend |", "|---|---:|", *(f"| {i} | {i}.5 |" for i in range(40))]
    table = read(write(tmp_path, "\n".join(lines).encode()))
    assert len(table.cells) == 40
    assert [row.reason for row in table.set_aside] == ["a line of dashes below the header"]


OLD = {
    "cp1252 mac_roman cp850": "Kunde;Ort;Umsatz;Geschäft|München/Köln/Düsseldorf/Würzburg/männlich/Großkunde",
    "cp1252": "Kund;Ort;Omsättning;Kön|kr\xa0152,50/kr\xa098,10/kr\xa01061,30/kr\xa07,00",
    "cp1252 iso8859_15": "Client;Catégorie;CA;Âge|24,49\xa0€/1\xa0024,50\xa0€/7,00\xa0€/10 août 2023",
    "cp1252 cp850 mac_roman": "Cliente;Ciudad;Año;Género|León/Málaga/Cádiz/Logroño/sí/Núñez",
    "cp1252 ": "customer;temp °C;m²;n°|a – b/it’s/“hi”/x…",
    "cp1250 iso8859_2 cp852": "Klient;Miasto;Wartość sprzedaży;Płeć|Łódź/Kraków/Gdańsk/Średnia/mężczyzna",
    "cp1250": "Číslo zákazníka;Počet objednávek;Měsíců zákazníkem;x|10,14 Kč/1\xa0050,00 Kč",
    "cp1250 iso8859_2": "Vevő;Kor;Város;Összeg|Győr/Szeged/Székesfehérvár/Kőszeg/hűséges",
    "cp1254 iso8859_9": "Müşteri;Yaş;Şehir;Tutar|İstanbul/Eskişehir/Muğla/Diyarbakır/kadın",
    "cp1257": "Klients;Vecums;Pilsēta;Tēriņi|Rīga/Liepāja/Jūrmala/vīrietis/Ķekava",
    "cp1251 koi8_r cp866": "Клиент;Возраст;Город;Выручка|Москва/Казань/МОСКВА/мужской/VIP клиент",
    "cp1251 koi8_u": "Клієнт;Вік;Місто;Сума|Київ/Львів/Харків/чоловік/жінка",
    "cp1253 iso8859_7": "Πελάτης;Ηλικία;Πόλη;Ποσό|Αθήνα/ΠΆΤΡΑ/κιλά/γυναίκα/1.024,41 €",
    "cp1255": "לקוח;גיל;עיר;סכום|תל אביב/ירושלים/חיפה/זכר/נקבה",
    "cp1256": "العميل;العمر;المدينة;المبلغ|القاهرة/الرياض/دبي/ذكر/أنثى",
    "cp874": "ลูกค้า;อายุ;เมือง;ยอดซื้อ|กรุงเทพ/เชียงใหม่/ชาย/หญิง",
    "cp932 euc_jp": "顧客番号;会員ランク;都道府県;購入額|Aランク/Bランク/東京都/1,018円/神奈川県",
    "cp932": "顧客;名前;金額;区分|ﾀﾅｶ ｲﾁﾛｳ/ｽｽﾞｷ/ﾔﾏﾀﾞ ﾊﾅｺ",
    "gb18030": "客户编号;等级;余额;x|A类/B类/VIP客户/152.33元/北京",
    "cp949": "고객번호;나이;도시;구매금액|서울/부산/남/여/1,018원",
    "big5hkscs": "客戶編號;年齡;城市;消費金額|臺北/高雄/男/女/新竹市",
}
"""Encodings -> header and values of a table in one language."""


@pytest.mark.parametrize(
    ("encoding", "words"),
    [pytest.param(code, words, id=code) for codes, words in OLD.items() for code in codes.split()],
)
def test_old_code_pages_of_many_languages(tmp_path: Path, encoding: str, words: str) -> None:
    header, values = words.split("|")
    cells = values.split("/")
    lines = [header, *(f"{i};{cells[i % len(cells)]};{i % 7};{cells[i % 2]}" for i in range(60))]
    table = read(write(tmp_path, "\n".join(lines).encode(encoding)))
    assert [";".join(table.header), *(";".join(row) for row in body(table))] == lines
    assert codes(table) == ["encoding-guess"]


def test_files_in_two_encodings_put_together(tmp_path: Path) -> None:
    names = ("Zürich", "Köln", "Genève", "Malmö")
    lines = [f"{names[i % 4]},{i},{i % 7}\n".encode("utf-8" if i % 3 == 0 else "cp1252") for i in range(60)]
    table = read(write(tmp_path, b"id,spend,visits\n" + b"".join(lines)))
    assert [row[0] for row in body(table)] == [names[i % 4] for i in range(60)]
    assert codes(table) == ["mixed-encoding"]
    assert "40 of its lines" in table.notes[0].message


def test_lines_in_another_encoding_are_counted(tmp_path: Path) -> None:
    lines = [HEADER, *((f"Zoë {i}", "1", "2") for i in range(20))]
    data = b"".join(
        (",".join(line) + "\n").encode("cp1252" if i == 7 else "utf-8") for i, line in enumerate(lines)
    )
    table = read(write(tmp_path, data))
    assert body(table)[6][0] == "Zoë 6"
    assert codes(table) == ["mixed-encoding"]
    assert table.notes[0].place == "line 8"


def test_a_given_encoding_is_obeyed_or_refused(tmp_path: Path) -> None:
    path = write(tmp_path, text(rows=[("Æ", "1", "2")] * 3).encode("cp1252"))
    assert body(read(path, encoding="cp1252"))[0][0] == "Æ"
    with pytest.raises(InputError, match=r"t\.csv: byte \d+ is not utf-8; leave out --encoding"):
        read(path, encoding="utf-8")
    with pytest.raises(OptionError, match="--encoding: 'klingon'"):
        read(path, encoding="klingon")


def test_a_given_delimiter_is_obeyed_or_refused(tmp_path: Path) -> None:
    path = write(tmp_path, text("^"))
    assert_plain(read(path, delimiter="^"))
    assert_plain(read(write(tmp_path, text("\t")), delimiter="tab"))
    with pytest.raises(OptionError, match="--delimiter: ',,' is not one character"):
        read(path, delimiter=",,")


def test_decimal_commas_are_no_delimiters(tmp_path: Path) -> None:
    rows = [(f"{i},5", f"{i},25", f"{i},75") for i in range(9)]
    table = read(write(tmp_path, text(";", rows=rows)))
    assert table.delimiter == ";"
    assert body(table) == rows


def test_commas_inside_words_are_no_delimiters(tmp_path: Path) -> None:
    rows = [("Smith, John", "a, b", str(i)) for i in range(9)]
    table = read(write(tmp_path, text(";", rows=rows)))
    assert body(table) == rows


def test_sep_line(tmp_path: Path) -> None:
    table = read(write(tmp_path, "sep=;\n" + text(";")))
    assert_plain(table)
    assert codes(table) == ["sep-line"]


def test_quotes_newlines_and_doubled_quotes(tmp_path: Path) -> None:
    content = 'id,note,n\n1,"two\nlines",3\n2,"say ""hi"", you",4\n3,5" pipe,6\n'
    assert body(read(write(tmp_path, content))) == [
        ("1", "two\nlines", "3"), ("2", 'say "hi", you', "4"), ("3", '5" pipe', "6"),
    ]  # fmt: skip


def test_backslashed_quotes(tmp_path: Path) -> None:
    content = "id,note,n\n" + "".join(f'{i},"say \\"hi\\", you",4\n' for i in range(5))
    assert body(read(write(tmp_path, content)))[0] == ("0", 'say "hi", you', "4")


def test_a_quote_that_never_closes_costs_one_row(tmp_path: Path) -> None:
    rows = [(str(i), "x", "1") for i in range(1000)]
    lines = text(rows=rows).splitlines()
    lines[500] = '499,"x,1'
    table = read(write(tmp_path, "\n".join(lines)))
    assert [row.line for row in table.set_aside] == [501]
    assert body(table) == rows[:499] + rows[500:]
    assert table.rows_read == 1000


def test_ragged_rows_are_set_aside_with_their_lines(tmp_path: Path) -> None:
    content = 'id,note,n\n1,"a\nb",3\n2,x\n\n3,y,4,5\n4,z,6,,\n5,w,7\n'
    table = read(write(tmp_path, content))
    assert [(row.line, row.reason) for row in table.set_aside] == [
        (4, "2 cells instead of 3"), (6, "4 cells instead of 3"),
    ]  # fmt: skip
    assert body(table) == [("1", "a\nb", "3"), ("4", "z", "6"), ("5", "w", "7")]
    assert table.rows_read == 5
    assert codes(table) == ["rows-set-aside"]
    assert table.notes[0].level == "warning"


def test_mostly_ragged_is_refused(tmp_path: Path) -> None:
    content = "a,b,c\n" + "".join(",".join("x" * (2 + i % 7)) + "\n" for i in range(50))
    with pytest.raises(InputError, match=r"rows do not fit the header \(line \d+: .*\); repair the file"):
        read(write(tmp_path, content))


def test_trailing_delimiter_everywhere_is_an_empty_column(tmp_path: Path) -> None:
    table = read(write(tmp_path, text().replace("\n", ",\n")))
    assert table.header[:3] == HEADER
    assert [row[:3] for row in body(table)] == ROWS


def test_trailing_delimiter_in_rows_only(tmp_path: Path) -> None:
    head, rest = text().split("\n", 1)
    assert_plain(read(write(tmp_path, head + "\n" + rest.replace("\n", ",\n"))))


def test_a_row_shifted_into_the_nameless_column_is_set_aside(tmp_path: Path) -> None:
    rows = [(str(i), "1", "2", "") for i in range(200)]
    rows[50] = ("50", "1", "1", "2")
    content = "id,a,b,\n" + "".join(",".join(row) + "\n" for row in rows)
    table = read(write(tmp_path, content))
    assert table.header == ("id", "a", "b")
    assert [(row.line, row.reason) for row in table.set_aside] == [(52, "4 cells instead of 3")]
    assert len(body(table)) == 199


def test_header_names_are_made_unique(tmp_path: Path) -> None:
    table = read(write(tmp_path, ",a,a, b  c ,\n" + "x,1,2,3,4\n" * 3))
    assert table.header == ("column 1", "a", "a (2)", "b c", "column 5")
    assert codes(table) == ["header-blank", "header-duplicate", "header-blank"]


def test_a_header_one_name_short_means_row_names(tmp_path: Path) -> None:
    table = read(write(tmp_path, "spend,visits\n" + "".join(",".join(row) + "\n" for row in ROWS)))
    assert table.header == ("column 1", "spend", "visits")
    assert body(table) == ROWS
    assert codes(table)[0] == "header-short"


def test_text_in_which_the_delimiter_stands_is_refused(tmp_path: Path) -> None:
    rows = [f"{10000 + 7 * i},Meyer, Ann{i},{i * 3.5},{i}\n" for i in range(40)]
    with pytest.raises(InputError, match=r"commas stand in texts \(Meyer, Ann0\).*; save it with semicolons"):
        read(write(tmp_path, "Customer ID,Name,Spend,Visits\n" + "".join(rows)))
    rows = [row.replace(", ", ",") for row in rows]
    with pytest.raises(
        InputError, match=r"t\.csv: rows have one cell more than the header, though the first cell"
    ):
        read(write(tmp_path, "Customer ID,Name,Spend,Visits\n" + "".join(rows)))


def test_what_write_table_of_r_writes(tmp_path: Path) -> None:
    rows = [f'"{i}" "C{i}" "Ann Meyer" {i * 2.5} {i % 7}' for i in range(1, 41)]
    table = read(write(tmp_path, "\n".join(['"Customer.ID" "Name" "Spend" "Visits"', *rows])))
    assert table.header == ("column 1", "Customer.ID", "Name", "Spend", "Visits")
    assert body(table)[6] == ("7", "C7", "Ann Meyer", "17.5", "0")
    assert codes(table)[:2] == ["delimiter-guess", "header-short"]


def test_a_rare_delimiter_beside_decimal_commas(tmp_path: Path) -> None:
    rows = [f"C{i}~Nord~{i}.067,{i:02}~{i},5" for i in range(10, 50)]
    table = read(write(tmp_path, "\n".join(["Kunde~Region~Umsatz~Menge", *rows])))
    assert body(table)[0] == ("C10", "Nord", "10.067,10", "10,5")


@pytest.mark.parametrize("tail", ["", ";;"])
def test_lines_that_are_quoted_as_a_whole(tmp_path: Path, tail: str) -> None:
    lines = ["id,spend,visits,name", *(f'C{i},{i * 2.5},{i % 7},"Meyer, ""Ann"" {i}"' for i in range(40))]
    quoted = ['"' + line.replace('"', '""') + f'"{tail}' for line in lines]
    table = read(write(tmp_path, "\n".join(quoted) + "\n"))
    assert table.header == ("id", "spend", "visits", "name")
    assert body(table)[1] == ("C1", "2.5", "1", 'Meyer, "Ann" 1')
    assert codes(table)[0] == "lines-quoted"


@pytest.mark.parametrize(("above", "below"), [(";", ","), (",", "\t"), ("|", ";")])
def test_a_header_with_another_delimiter_than_the_rows(tmp_path: Path, above: str, below: str) -> None:
    lines = [above.join(HEADER), *(below.join((f"C{i}", str(i * 2), str(i % 7))) for i in range(40))]
    table = read(write(tmp_path, "\n".join(lines)))
    assert (table.header, len(table.cells), codes(table)) == (HEADER, 40, ["header-delimiter"])


CENTS = [f"C{i},North,{i * 7},{i * 37 % 100:02},{i % 5}" for i in range(60)]


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("id,region,spend,visits", CENTS),
        ("id,region,spend,visits", [row.removesuffix("0") for row in CENTS]),
        ("id,spend", [f"C{i},{i * 7},{i * 37 % 100:02}" for i in range(60)]),
        ("id,region,spend,limit", [f"C{i},North,{i},{i * 37 % 100:02} €,-{i},{i * 31 % 100:02} €" for i in range(60)]),
        ("id,region,spend,visits",
         [f"C{i},North,{f'{i * 97:,}.50'},{i % 5}" for i in range(60)]),
        ("id,region,spend,visits", [f"C{i},North,{f'{i * 397:,}'},{i % 5}" for i in range(60)]),
    ],
)  # fmt: skip
def test_numbers_that_the_delimiter_cuts_are_refused(tmp_path: Path, header: str, rows: list[str]) -> None:
    with pytest.raises(InputError, match=r"commas stand in numbers \(.*\).*; save it with semicolons"):
        read(write(tmp_path, "\n".join([header, *rows]) + "\n"))


@pytest.mark.parametrize(
    ("header", "rows", "names"),
    [
        ("a,b,c", [f"{i},{i * 7},{i * 3},{i % 12 + 1:02}" for i in range(60)], 4),  # R's row names; months
        ("a,b,c", [f"x{i},{i * 7},{i * 37 % 100},{i % 5}" for i in range(60)], 4),
        ("id,dept,visits", [f'{i},{i * 7},"{i * 37 % 100:02}",{i % 5}' for i in range(60)], 4),
        ("id,region,spend,visits", [f"C{i},North,{i * 7},{i * 37 % 100:02}," for i in range(60)], 4),
    ],
)
def test_columns_without_name_stay(tmp_path: Path, header: str, rows: list[str], names: int) -> None:
    table = read(write(tmp_path, "\n".join([header, *rows]) + "\n"))
    assert (len(table.header), len(table.cells), table.set_aside) == (names, 60, ())


YEARS = "id,spend,,visits,,region\n{}2023,2024,2023,2024,\n"


def test_years_below_their_groups_are_a_second_row_of_the_header(tmp_path: Path) -> None:
    rows = [f"C{i},{i * 7},{i * 3}.5,{i % 5},{i % 4},North\n" for i in range(40)]
    for first in ("", "id"):
        table = read(write(tmp_path, YEARS.format(first + ",") + "".join(rows)))
        assert table.header == ("id", "spend 2023", "spend 2024", "visits 2023", "visits 2024", "region")
        assert (len(table.cells), codes(table)) == (40, ["header-two-rows"])
        assert "'spend 2023'" in table.notes[0].message
    rows[0] = "C0,2023,2024,5,2024,North\n"  # a customer, who happens to have such numbers
    table = read(write(tmp_path, YEARS.split("\n")[0] + "\n" + "".join(rows)))
    assert len(table.cells) == 40


def test_a_header_of_more_names_than_cells_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"4 of 4 rows do not fit the header \(line 2: 3 cells instead of 4\)"
    ):
        read(write(tmp_path, text().replace("visits", "visits,more")))


def test_no_header(tmp_path: Path) -> None:
    content = "".join(",".join(row) + "\n" for row in ROWS)
    table = read(write(tmp_path, content))
    assert table.header == ("column 1", "column 2", "column 3")
    assert body(table) == ROWS
    assert codes(table) == ["header-missing"]


@pytest.mark.parametrize("head", ["x1,x2,x3", "V1,V2,V3", "Q1,Q2,Q3", "c0,c1,c2", "t_1,t_2,t_3"])
def test_letters_and_numbers_are_names(tmp_path: Path, head: str) -> None:
    rows = "".join(f"{i},{i * 7},{i * 3}.5\n" for i in range(40))
    table = read(write(tmp_path, head + "\n" + rows))
    assert table.header == tuple(head.split(","))
    assert codes(table) == []


def test_years_can_be_names(tmp_path: Path) -> None:
    table = read(write(tmp_path, "2019,2020,2021\n" + "1,2,3\n" * 5))
    assert table.header == ("2019", "2020", "2021")


def test_preamble_and_footer(tmp_path: Path) -> None:
    table = read(write(tmp_path, "Customer export\nmade on 2024-01-01\n\n" + text() + "4 rows\n"))
    assert table.header == HEADER
    assert body(table) == ROWS
    assert codes(table) == ["preamble-skipped", "rows-set-aside"]
    assert [row.line for row in table.set_aside] == [9]


def test_padded_preamble(tmp_path: Path) -> None:
    assert_plain(read(write(tmp_path, "Customer export,,\n,,\n" + text())))


def test_second_header_row_is_set_aside(tmp_path: Path) -> None:
    head, rest = text(rows=ROWS * 3).split("\n", 1)
    table = read(write(tmp_path, f"{head}\nthe id,in dollars,per year\n{rest}"))
    assert body(table) == ROWS * 3
    assert table.rows_read == 13
    assert table.set_aside[0].line == 2
    assert "second header row" in table.set_aside[0].reason


def test_blank_and_empty_rows_are_no_customers(tmp_path: Path) -> None:
    table = read(write(tmp_path, text().replace("C2", "\n\n,,\nC2") + ",,\n , ,\n\n"))
    assert_plain(table)
    assert table.rows_read == 4


def test_spaces_and_control_characters(tmp_path: Path) -> None:
    table = read(write(tmp_path, text().replace("C1", "\u00a0C1 ").replace("20.25", "20\x00.25\x07")))
    assert_plain(table)
    assert codes(table) == ["control-characters"]
    assert "2 control characters" in table.notes[0].message


@pytest.mark.parametrize(
    "mark",
    ["\u00ad", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u2060", "\u2069", "\ufeff"],
)
def test_characters_that_cannot_be_seen(tmp_path: Path, mark: str) -> None:
    spoilt = (
        text().replace("C1", f"C1{mark}").replace("20.25", f"2{mark}0.25{mark}").replace("id", f"i{mark}d", 1)
    )
    table = read(write(tmp_path, spoilt))
    assert_plain(table)
    assert codes(table) == ["invisible-characters"]
    assert "4 characters" in table.notes[0].message


@pytest.mark.parametrize("pair", ["''", "‘’", "“”", "””", "„“", "«»"])
def test_quotes_that_are_no_double_quotes(tmp_path: Path, pair: str) -> None:
    quoted = "\n".join(
        ",".join(f"{pair[0]}{cell}{pair[1]}" if cell else "" for cell in row) for row in [HEADER, *ROWS]
    )
    table = read(write(tmp_path, quoted))
    assert_plain(table)
    assert codes(table) == ["quotes-taken-off"]


def test_missing_cells_beside_quoted_ones_have_no_quotes(tmp_path: Path) -> None:
    table = read(write(tmp_path, "id,word\n1,NULL\n2,'a'\n3,'it''s'\n4,'NULL'\n"))
    assert [row[1] for row in body(table)] == ["NULL", "a", "it''s", "NULL"]


def test_years_behind_an_apostrophe_keep_it(tmp_path: Path) -> None:
    assert body(read(write(tmp_path, "id,class\n1,'85\n2,'07\n"))) == [("1", "'85"), ("2", "'07")]


def test_apostrophes_that_keep_numbers_as_text(tmp_path: Path) -> None:
    table = read(
        write(tmp_path, "id,paid,place\n'007,'-1.5,'s-Gravenhage\n'008,,'t Harde\n'009,'2.5,'s-Heerenberg\n")
    )
    assert body(table) == [
        ("007", "-1.5", "'s-Gravenhage"),
        ("008", "", "'t Harde"),
        ("009", "2.5", "'s-Heerenberg"),
    ]
    assert codes(table) == ["quotes-taken-off"]
    assert "2 columns" in table.notes[0].message


@pytest.mark.parametrize(
    "cells", [["'a'", "b"], ["'a' or 'b'", "'c'"], ["«a» and «b»", "«c»"], ["'99", "'99er"]]
)
def test_quotes_of_some_cells_stay(tmp_path: Path, cells: list[str]) -> None:
    table = read(
        write(tmp_path, "id,word\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate([*cells, "x"])))
    )
    assert [row[1] for row in body(table)] == [*cells, "x"]


def test_joiners_and_hyphens_that_mean_something_stay(tmp_path: Path) -> None:
    words = ["می\u200cخواهم", "👩\u200d💻", "MarÃ\u00ada"]
    table = read(write(tmp_path, "id,word\n" + "".join(f"{i},{word}\n" for i, word in enumerate(words))))
    assert [row[1] for row in body(table)] == words
    assert codes(table) == []


def test_no_final_newline_and_one_column(tmp_path: Path) -> None:
    assert_plain(read(write(tmp_path, text().rstrip("\n"))))
    table = read(write(tmp_path, "name\nAnn\nBob\n"))
    assert body(table) == [("Ann",), ("Bob",)]


def test_cells_are_str_and_never_missing(tmp_path: Path) -> None:
    table = read(write(tmp_path, "id,a,b\n007,NA,\n00042,,nan\n3E5,null,12345678901234567890\n"))
    assert body(table) == [("007", "NA", ""), ("00042", "", "nan"), ("3E5", "null", "12345678901234567890")]
    assert {str(kind) for kind in table.cells.dtypes} == {"str"}
    assert not table.cells.isna().to_numpy().any()


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf\n \n", "the file has no text in it"),
        (b"a,b,c\n", "a header and no rows"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"PK\x03\x04 whatever", "a zip archive"),
        (b"PAR1....", "a Parquet file"),
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b"\n<html><table>", "an HTML page"),
        (b"<?xml version='1.0'?>", "an XML document"),
        (json.dumps([{"a": 1}]).encode(), "JSON"),
        (b'{"a": [1, 2]}', "JSON"),
        (b"INSERT INTO customers VALUES (1, 2);\n" * 40, "SQL"),
        (bytes(range(256)) * 20, "binary data"),
    ],
)
def test_other_formats_are_refused_by_name(tmp_path: Path, content: bytes, seen: str) -> None:
    with pytest.raises(InputError) as caught:
        read(write(tmp_path, content))
    message = str(caught.value)
    assert message.startswith(f"t.csv: {seen}")
    assert ";" in message
    assert "\n" not in message


def test_what_is_no_file_is_refused_by_name(tmp_path: Path) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "gone.csv")
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    for path, seen in (
        (tmp_path / "none.csv", "no such file"),
        (tmp_path, "a folder"),
        (link, "a link"),
        (pipe, "a pipe"),
    ):
        with pytest.raises(InputError, match=seen):
            read(path)


CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp", "Cf"]),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(CELL, CELL, CELL), min_size=3, max_size=12), delimiter=st.sampled_from(",;\t|")
)
def test_what_csv_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], delimiter: str
) -> None:
    import csv

    path = tmp_path_factory.mktemp("p") / "t.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writerow(["first name", "second name", "third name"])
        writer.writerows(rows)
    table = read(path, delimiter=delimiter)
    assert table.rows_read == len(rows)
    if not table.set_aside and "header-missing" not in codes(table):
        assert body(table) == rows


@settings(max_examples=150, deadline=None)
@given(data=st.binary(min_size=1, max_size=400))
def test_any_bytes_give_a_table_or_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("p") / "t.csv"
    path.write_bytes(b"id,spend\n" + data)
    try:
        table = read(path)
    except InputError as error:
        message = str(error)
    else:
        message = ""
        assert table.rows_read == len(table.cells) + len(table.set_aside)
    assert "\n" not in message


@pytest.mark.parametrize(
    "remark",
    [
        "Customer report,2024,,", "Region,(All),,", "Report,2024,,\nOwner,Jane,,", "Date,2024-06-30,,\n,,,",
        "Company,Acme,Year,2024", "From,01/01/2024,To,06/30/2024", "EXTF,700,16,Deb,5,2024",
    ],
)  # fmt: skip
def test_a_remark_is_no_header(tmp_path: Path, remark: str) -> None:
    rows = "".join(f"C{i},Bonn,{i * 1.5:.2f},{i % 7}\n" for i in range(20))
    table = read(write(tmp_path, f"{remark}\nCustomer,City,Revenue,Orders\n{rows}"))
    assert table.header == ("Customer", "City", "Revenue", "Orders")
    assert (table.rows_read, len(table.cells)) == (20, 20)
    assert "preamble-skipped" in codes(table)


@pytest.mark.parametrize(
    ("header", "below"),
    [
        (",name,city,spend,orders", "0,,,EUR,"),
        ("id,name,city,2023,2024", "the id,who,where,EUR,EUR"),
        ("id,name,city,spend,orders", "number,text,text,amount,count"),
    ],
)
def test_a_header_with_a_gap_or_with_years_stays_the_header(tmp_path: Path, header: str, below: str) -> None:
    rows = "".join(f"{i},C{i},Bonn,{i * 1.5:.2f},{i % 7}\n" for i in range(1, 21))
    table = read(write(tmp_path, f"{header}\n{below}\n{rows}"))
    assert [*table.header][1:3] == ["name", "city"]
    assert "preamble-skipped" not in codes(table)


@given(st.lists(st.integers(0, 40), max_size=30), st.integers(1, 30), st.booleans())
def test_short_lines_have_short_cells(lengths: list[int], most: int, end: bool) -> None:
    text = b"\n".join(b"x" * length for length in lengths) + b"\n" * end
    if _short_lines(text, most):
        assert max(lengths, default=0) <= most
    assert _short_lines(b"ab,c\n" * 100, 60)
    assert not _short_lines(b"x" * 61 + b"\n", 60)
