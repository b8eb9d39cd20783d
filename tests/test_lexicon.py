from __future__ import annotations

import re
from pathlib import Path

import pytest

from reportgen.errors import LexiconError
from reportgen.lexicon import load, split_name, title_case
from reportgen.results import Role

CARDS = ("CUST", "PURCHASES", "ONEOFF_PURCHASES", "CASH_ADVANCE", "BALANCE")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("PURCHASES_TRX", ["purchases", "trx"]), ("MntWines", ["mnt", "wines"]),
        ("Total_Ct_Chng_Q4_Q1", ["total", "ct", "chng", "q", "4", "q", "1"]),
        ("Annual Income (k$)", ["annual", "income", "k$"]), ("BILL_AMT1", ["bill", "amt", "1"]), ("", []),
    ],
)  # fmt: skip
def test_names_fall_into_words(name: str, words: list[str]) -> None:
    assert split_name(name) == words


def test_the_domain_is_that_of_most_columns_and_its_words_win() -> None:
    lexicon = load().for_table(CARDS)
    assert lexicon.domain == "cards"
    words = lexicon.words("CASH_ADVANCE", Role.AMOUNT)
    assert (words.title, words.verb, words.users) == ("Cash advances", "take", "Cash-Advance Users")


def test_a_table_without_a_domain_gets_words_made_from_its_names() -> None:
    lexicon = load().for_table(["hull_length", "num_sails", "mastHeight"])
    assert lexicon.domain == ""
    assert lexicon.words("num_sails", Role.COUNT).noun == "sails"
    assert lexicon.words("mastHeight", Role.SCORE).title == "Mast height"
    assert lexicon.words("InvoiceNo", Role.COUNT).noun == "invoice number"
    for name in (
        "No. of Sails",
        "Nr. of sails",
        "no_of_sails",
        "N° of sails",
        "NumSails",
        "Anzahl Sails",
        "nb sails",
    ):
        assert lexicon.words(name, Role.COUNT).title == "Number of sails"


def test_a_word_with_a_condition_is_only_used_where_it_is_true() -> None:
    calls = load().for_table(["duration", "campaign", "pdays", "balance", "previous", "contact"])
    loans = load().for_table(["duration", "balance", "loan", "housing"])
    assert calls.words("duration", Role.SCORE).noun == "length of the last call"
    assert loans.words("duration", Role.SCORE).noun == "duration"


def test_a_pattern_lends_its_groups_to_the_words() -> None:
    lexicon = load().for_table(["AcceptedCmp1", "AcceptedCmp2", "MntWines", "MntFruits"])
    assert lexicon.words("AcceptedCmp2", Role.FLAG).some == "accepted campaign 2"


def test_what_customers_with_a_level_are_or_do() -> None:
    lexicon = load().for_table(["age", "charges", "region", "smoker"])
    assert lexicon.member("sex", "female", Role.CATEGORY) == "are female"
    assert lexicon.member("Housing", "rent", Role.CATEGORY) == "rent their home"
    assert lexicon.member("region", "southeast", Role.CATEGORY) == "live in the southeast"
    assert lexicon.member("region", "3", Role.CATEGORY) == ""
    assert lexicon.member("flavour", "sour", Role.CATEGORY) == ""


def test_a_flag_is_said_by_its_verb_or_as_a_mark() -> None:
    lexicon = load().for_table(["has_locker", "is_active", "newsletter", "has_savings"])
    assert lexicon.words("has_locker", Role.FLAG).some == "have a locker"
    assert lexicon.words("has_locker", Role.FLAG).name == "Locker"
    assert lexicon.words("has_savings", Role.FLAG).some == "have savings"
    assert lexicon.words("is_active", Role.FLAG).none == "are not active"
    assert lexicon.words("newsletter", Role.FLAG).some == "are marked “newsletter”"


def test_a_mass_noun_is_known_by_its_head() -> None:
    lexicon = load()
    assert lexicon.is_mass("spending on wine")
    assert not lexicon.is_mass("category of spending")


@pytest.mark.parametrize(
    ("names", "nouns"),
    [
        ("Kundennr|Anrede|Alter|Umsatz (€)|Anzahl Einkäufe|Warenkorb|Rabattquote|Letzter Einkauf",
         "customer number|salutation|age|revenue|purchases|spending per order|discount|last purchase"),
        ("Umsatz netto (EUR)|Jahresumsatz|Umsaetze|Umsatz 2024|Kontostand|Ort|Retouren|Punkte",
         "net revenue|annual revenue|revenue|revenue in 2024|account balances|city|returns|points held"),
        ("Civilité|Chiffre d'affaires|CA|CA 2024|Panier moyen|Nb commandes|Nombre d'achats|Taux de retour|Ville",
         "salutation|revenue|revenue|revenue in 2024|spending per order|orders|purchases|return rate|city"),
        ("Gasto total|Nº pedidos|Numero de pedidos|Ticket medio|Ventas|Antigüedad (meses)|Días desde última compra",
         "spending|orders|orders|spending per order|revenue|months as a customer|days since the last purchase"),
        ("Faturamento|Qtd compras|Idade|Renda mensal|TEMPO_DE_CASA_MESES|VL_FATURA_MEDIA|QTD_CHAMADAS",
         "revenue|purchases|age|monthly income|months as a customer|average bill|calls"),
        ("Fatturato|Quantità ordini|Età|Reddito|Sconto|Resi|days since Ultimo acquisto",
         "revenue|orders|age|income|discount|returns|days since the last purchase"),
        ("Omzet|Aantal bestellingen|Leeftijd|Korting|Woonplaats|days since Laatste bestelling",
         "revenue|orders|age|discount|city|days since the last purchase"),
        ("Płeć|Kwota zakupów|Liczba zamówień|Wiek|days since Data ostatniego zamówienia|Obrót",
         "gender|spending|orders|age|days since the last purchase|revenue"),
        ("Försäljning|Antal köp|Ålder|Nyhetsbrev|Kön|days since Senaste köp",
         "revenue|purchases|age|newsletter|gender|days since the last purchase"),
        ("Omsætning|Antal ordrer|Køn|Omsetning|Antall kjøp", "revenue|orders|gender|revenue|purchases"),
        ("Toplam Harcama|Sipariş Sayısı|Yaş|Aktif mi|Şehir", "spending|orders|age|active customers|city"),
        ("Achats|Nombre d'achats|Sexe", "purchases|purchases made|gender"),
        ("Tržby|Počet objednávek|Věk|Město", "revenue|orders|age|city"),
        ("Gem. bestelwaarde|Openstaand saldo|Retourpercentage|days since Lid sinds|Aantal klachten",
         "spending per order|outstanding balances|return rate|days as a customer|complaints"),
        ("days since Data primo ordine|N. ordini|Capi resi|Valore resi|Scontrino medio|Punti fedeltà|Tasso di reso",
         "days since the first purchase|orders|items returned|value of returns|spending per order|points held|"
         "return rate"),
        ("days since Erstkauf|days since Letzter Aufenthalt|Übernachtungen|Zimmerkategorie|Offene Posten|Mahnungen",
         "days since the first purchase|days since the last stay|nights|kind of room|outstanding balances|"
         "payment reminders"),
        ("days since Dernier paiement|Nuitées|Nombre de réservations|Annulations|Cotisation annuelle|Solde dû",
         "days since the last payment|nights|bookings|cancellations|membership fee|outstanding balances"),
        ("days since Primera compra|Ticket promedio|Nº quejas|Ahorros|Límite de crédito|Comisiones|Préstamos",
         "days since the first purchase|spending per order|complaints|savings|credit limit|fees|loans"),
        ("days since Primeira compra|Mensalidade|Avaliação média|Noites|Poupança|Empréstimos",
         "days since the first purchase|membership fee|rating|nights|savings|loans"),
        ("Сумма покупок|Количество заказов|Возраст|Город|days since Дата последнего заказа",
         "spending|orders|age|city|days since the last purchase"),
    ],
)  # fmt: skip
def test_columns_named_in_another_language_are_said_in_english(names: str, nouns: str) -> None:
    lexicon = load().for_table(names.split("|"))
    assert lexicon.domain == "languages"
    assert [lexicon.words(name, Role.AMOUNT).noun for name in names.split("|")] == nouns.split("|")


def test_revenue_is_brought_in_any_language() -> None:
    english = load().for_table(["revenue", "x"]).words("revenue", Role.AMOUNT)
    german = load().for_table(["Umsatz (€)", "Alter"]).words("Umsatz (€)", Role.AMOUNT)
    for key in ("title", "noun", "name", "verb", "each", "plural", "priority"):
        assert getattr(german, key) == getattr(english, key), key


def test_one_word_of_another_language_is_said_in_english_in_any_table() -> None:
    lexicon = load().for_table(["hull_length", "num_sails", "mast", "keel", "deck", "umsatz"])
    assert lexicon.domain == ""
    assert lexicon.words("umsatz", Role.AMOUNT).noun == "revenue"


def test_a_word_that_is_english_too_is_only_said_in_english_beside_its_own() -> None:
    lexicon = load().for_table([*SHOP, "Resi Flag"])
    assert lexicon.words("Resi Flag", Role.CATEGORY).noun == "resi flag"
    assert lexicon.words("Valore resi", Role.AMOUNT).noun == "value of returns"


def test_levels_of_gender_are_said_in_english_but_letters_stay() -> None:
    lexicon = load()
    assert lexicon.level("Geschlecht", "Weiblich") == "female"
    assert lexicon.member("Płeć", "kobieta", Role.CATEGORY) == "are female"
    assert lexicon.level("Sexo", "M") == "M"
    assert lexicon.level("Anrede", "Frau") == "Frau"


@pytest.mark.parametrize(
    "names",
    [
        CARDS,
        ("age", "balance", "duration", "campaign", "pdays", "newsletter"),
        ("spend", "points", "newsletter", "active", "city", "visits", "genre"),
        ("ca", "client id", "land", "point", "alter ego", "department"),
    ],
)
def test_other_languages_do_not_take_an_english_table(names: tuple[str, ...]) -> None:
    assert load().for_table(names).domain != "languages"


def test_names_with_and_without_accents_are_one() -> None:
    lexicon = load().for_table(["Plec", "Liczba zamowien", "Kwota zakupow"])
    assert lexicon.words("Liczba zamowien", Role.COUNT).noun == "orders"
    assert lexicon.words("Plec", Role.CATEGORY).noun == "gender"


def test_no_shipped_word_is_forbidden_without_a_column_of_that_role() -> None:
    texts = "\n".join(
        path.read_text("utf-8").lower() for path in (Path(__file__).parent.parent / "reportgen/lexicon").rglob("*.toml")
        if path.name != "tokens.toml"
    )  # fmt: skip
    texts = re.sub(r"(?m)^guarded = \[[^\]]*\]", "", texts)  # recognised, and never said
    for word in ("loyal ", "risky", "profitable", "fraud", "because", "due to", "leverage", "insight", "!"):
        assert word not in texts, word


def test_every_shipped_pattern_matches_something_and_no_entry_is_hidden_by_an_earlier_one() -> None:
    lexicon = load()
    for domain, entries in lexicon.domains.items():
        patterns = [e.match.pattern for e in entries]
        assert len(patterns) == len(set(patterns)), domain


def test_averages_and_rates_do_not_add_up() -> None:
    lexicon = load().for_table(["x"])
    assert not lexicon.words("avg_order_value", Role.AMOUNT).adds
    assert not lexicon.words("SpendingPerInvoice", Role.AMOUNT).adds
    assert lexicon.words("charges", Role.AMOUNT).adds


def test_title_case_keeps_capitals_and_small_words() -> None:
    assert title_case("share of the limit in use") == "Share of the Limit in Use"
    assert title_case("one-off purchases") == "One-Off Purchases"
    assert title_case("ATM use") == "ATM Use"


def test_a_users_file_comes_first(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(
        '[[column]]\nmatch = "channel"\ntitle = "Trade"\n\n[levels]\n"channel = 1" = "Hotels and restaurants"\n',
        "utf-8",
    )
    lexicon = load(file).for_table(["Channel", "Fresh", "Milk", "Grocery"])
    assert lexicon.words("Channel", Role.CATEGORY).title == "Trade"
    assert lexicon.level("Channel", "1") == "Hotels and restaurants"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[colunm]]\n", "did you mean 'column'"),
        ("[[column]]\ntitle = 'x'\n", "needs match"),
        ("[[column]]\nmatch = '('\n", "not a valid pattern"),
        ("[[column]]\nmatch = 'x'\ntitel = 'y'\n", "did you mean 'title'"),
        ("[[column]]\nmatch = 'x'\npriority = 'high'\n", "must be a whole number"),
        ("[[column]]\nmatch = 'x'\nkind = 'euro'\n", "kind must be one of"),
        ("[role.spending]\n", "unknown key 'role.spending'"),
        ("[column]\nmatch = 'x'\n", "double brackets"),
        ("[[action]]\nkey = 'a'\ntitle = 'b'\ntext = 'c'\nwhen = ['high']\n", "list of traits"),
        ("acronyms = 'ATM'\n", "list of words"),
        ("[abbreviations]\nx = 1\n", "must be text"),
        ("[[reading]]\nword = 'x'\n", "needs as"),
        ("[[reading]]\nword = 'x'\nwhen = '('\nas = 'y'\n", "not a valid pattern"),
        ("[tails]\n'(' = 'y'\n", "not a valid pattern"),
        ("x = [\n", "not valid TOML"),
    ],
)
def test_a_broken_file_is_one_clear_error(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(LexiconError) as error:
        load(file)
    assert said in str(error.value)
    assert str(error.value).startswith(str(file))
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match="cannot be read"):
        load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("name", "noun", "unit"),
    [
        ("Spending Score (1-100)", "spending score", ""),
        ("# of licenses", "licenses", ""),
        ("#logins", "logins", ""),
        ("Visits/Month", "visits per month", ""),
        ("City/Town", "city town", ""),
        ("Session [min]", "session", "minutes"),
        ("Uses PT", "uses PT", ""),
        ("USES PT", "uses PT", ""),
        ("(x)", "x", ""),
    ],
)
def test_what_is_no_word_of_a_name_is_not_said(name: str, noun: str, unit: str) -> None:
    words = load().words(name, Role.COUNT)
    assert (words.noun, words.unit) == (noun, unit)


def test_capitals_of_a_word_are_its_own_and_an_abbreviation_is_no_plural() -> None:
    assert title_case("iOS users") == "iOS Users"
    words = load().words("os", Role.CATEGORY)
    assert (words.noun, words.plural) == ("OS", False)
    assert load().words("POS", Role.CATEGORY).plural is False


SHOP = ("Customer", "Tickets", "Last Order", "Spend")
"""Names of a table that is not in capitals."""


@pytest.mark.parametrize(
    ("name", "noun"),
    [
        ("COUNT(Tickets)", "tickets"), ("COUNT(Solved tickets)", "solved tickets"), ("SUM(Reopens)", "reopens"),
        ("AVG(Satisfaction)", "average satisfaction"), ("MED(First reply time (hrs))", "median first reply time"),
        ("Sum of Cost", "cost"), ("Average of Order Value", "average order value"), ("MAX(Stake)", "maximum stake"),
        ("Count of Order ID", "orders"), ("No. of Employees", "employees"), ("num_branch", "branches"),
        ("nb_sails", "sails"), ("n_devices", "devices"), ("# Gifts", "gifts"), ("SMS Count", "SMS"),
        ("Payment Count", "payments"), ("Number of times contacted", "times contacted"), ("NoShows", "no-shows"),
        ("CLAIMS_CNT_5Y", "claims 5Y"), ("Anzahl Aufenthalte", "stays"), ("number of purchases", "purchases"),
        ("number of different policy_no", "different policies"), ("Share of count", "share of count"),
    ],
)  # fmt: skip
def test_what_is_counted_is_said_and_not_the_counting(name: str, noun: str) -> None:
    assert load().for_table([*SHOP, name]).words(name, Role.COUNT).noun == noun


def test_a_count_is_many_or_few_and_what_is_no_plural_high_or_low() -> None:
    lexicon = load().for_table(SHOP)
    assert lexicon.words("Number of Pageviews", Role.COUNT).high == "Many Pageviews"
    assert lexicon.words("Number of Pageviews", Role.COUNT).title == "Number of pageviews"
    assert lexicon.words("Mahnstufe", Role.COUNT).low == "Low Mahnstufe"
    assert lexicon.words("Average Days Between Orders", Role.COUNT).high == "High Average Days Between Orders"
    assert lexicon.words("Lvl", Role.COUNT).high == "High Level"
    assert lexicon.words("Quantity", Role.COUNT).high == "Large Quantities"
    assert load().for_table(["Tarifa", "Pedidos", "Ciudad"]).words("Tarifa", Role.COUNT).high == "High Plan"


@pytest.mark.parametrize(
    ("name", "noun"),
    [
        ("HubSpot Score", "HubSpot score"), ("hub_spot_score", "HubSpot score"), ("kWh_total", "kWh total"),
        ("YoY %", "YoY %"), ("Revenue F&B", "revenue F&B"), ("VisitsL24M", "visits L24M"), ("Q7_1", "Q7 1"),
        ("S/H", "S/H"), ("OPTIN_TIME", "opt-in time"), ("GGR", "GGR"), ("COGS_LTM", "COGS LTM"), ("KvK", "KvK"),
        ("LastGiftAmount", "last gift amount"), ("AGE_GROUP", "age group"), ("Food & Drink", "food and drink"),
        ("$last_seen", "last seen"), ("_churn_guess", "churn guess"), ("Karten 25/26", "karten 25/26"),
        ("Category14", "category 14"), ("Année d'adhésion", "année d'adhésion"), ("CO2SavedKg", "CO2 saved kg"),
        ("AvgTripMin", "average trip minutes"), ("Pain0to10", "pain 0 to 10"), ("average pos", "average pos"),
        ("total line_total", "line total"), ("CC Util %", "CC utilisation %"),
    ],
)  # fmt: skip
def test_what_is_written_as_one_word_stays_one_with_its_capitals(name: str, noun: str) -> None:
    assert load().for_table([*SHOP, name]).words(name, Role.AMOUNT).noun == noun


def test_a_table_in_capitals_shouts_and_its_abbreviations_do_not() -> None:
    lexicon = load().for_table(["PLAN_TIER", "REGION_CD", "GGR", "ARBS", "SEAT"])
    nouns = [lexicon.words(n, Role.AMOUNT).noun for n in ("PLAN_TIER", "REGION_CD", "GGR", "ARBS")]
    assert nouns == ["plan tier", "region code", "GGR", "arbs"]


@pytest.mark.parametrize(
    ("name", "some", "adjective"),
    [
        ("HasHardBounced", "have hard bounced", "Hard-Bounced"), ("unsubscribed", "are unsubscribed", "Unsubscribed"),
        ("LAPSED_IND", "have lapsed", "Lapsed"), ("is_payer", "are payers", ""),
        ("suspended_flag", "are suspended", "Suspended"),
        ("is_business_order", "are marked “business order”", ""), ("Accepts Marketing", "accept marketing", ""),
        ("sso_enabled", "are marked “SSO enabled”", "SSO-Enabled"), ("VIP_YN", "are marked “VIP”", ""),
    ],
)  # fmt: skip
def test_a_flag_that_is_named_by_a_participle_is_said_by_it(name: str, some: str, adjective: str) -> None:
    words = load().for_table([*SHOP, name]).words(name, Role.FLAG)
    assert (words.some, words.high_adjective) == (some, adjective)


@pytest.mark.parametrize(
    ("name", "noun", "low"),
    [
        ("days since Max of Order Date", "days since the last order", "Recent Orders"),
        ("days since Last Gift Date", "days since the last gift", "Recent Gifts"),
        ("days since Last Activity Date", "days since the last activity", "Recent Activity"),
        ("days since Create Date", "days since creation date", "Recent Creation Date"),
        ("days since Letzte Zahlung", "days since letzte zahlung", "Recent Zahlung"),
        ("days since Modified On", "days since modified", "Low Days Since Modified"),
        ("days since date", "days since the date", "Recent Date"),
    ],
)
def test_days_since_something_are_days_since_the_last_of_it(name: str, noun: str, low: str) -> None:
    words = load().for_table([*SHOP, name]).words(name, Role.RECENCY)
    assert (words.noun, words.low) == (noun, low)


def test_customers_are_recently_seen_but_not_recently_changed() -> None:
    lexicon = load().for_table(SHOP)
    assert lexicon.words("days since $last_seen", Role.RECENCY).low_adjective == "Recently Seen"
    assert lexicon.words("days since LAST_CHANGED", Role.RECENCY).low_adjective == ""


@pytest.mark.parametrize(
    ("names", "titles"),
    [
        (("dataGB", "dataMB"), ("Data used in GB", "Data used in MB")),
        (("Load (GB)", "Load (MB)"), ("Load in GB", "Load in MB")),
        (("Rev LTM (k€)", "Rev LTM (€)"), ("Revenue LTM (k€)", "Revenue LTM (€)")),
        (("Last Name", "last_name"), ("Last name (“Last Name”)", "Last name (“last_name”)")),
        (("Tickets", "COUNT(Tickets)"), ("Tickets", "Number of tickets")),
        (("Check-ins (30 days)", "Check-ins (YTD)"), ("Check-ins (30 days)", "Check-ins (YTD)")),
        (("Spend", "Visits"), ("Spending", "Visits")),
    ],
)
def test_no_two_columns_are_called_the_same(names: tuple[str, ...], titles: tuple[str, ...]) -> None:
    table = [*names, "dayMins", "intlMins", "Contract"] if "dataGB" in names else names
    lexicon = load().for_table(table).telling_apart([(name, Role.COUNT) for name in names])
    said = [lexicon.words(name, Role.COUNT) for name in names]
    assert len({w.noun for w in said}) == len({w.title for w in said}) == len(names)
    assert tuple(w.title for w in said) == titles
    assert not any(w.unit and f"in {w.unit}" in w.title for w in said)
    assert all(w.plural for w in said if w.noun.startswith("check-ins"))


@pytest.mark.parametrize(
    "name",
    ["ADR", "arpu3m", "Vorausbuchung (Tage)", "Age", "Mahnstufe", "Ø Bon", "Panier moyen X", "lead_time", "Odds",
             "Durchschnittspreis", "credit_score", "days until renewal", "unit_price", "Largest Gift",
             "Last Gift Amount", "first_order_value", "Größter Einkauf", "SBP", "PCODE3", "zip_code"],
)  # fmt: skip
def test_averages_ages_ranks_and_waits_do_not_add_up(name: str) -> None:
    assert not load().for_table([*SHOP, name]).words(name, Role.COUNT).adds
    for adding in (
        "Wages",
        "Packages",
        "Minutes Driven",
        "Stages Finished Fee",
        "Storage",
        "Spend Last Year",
        "orders_last_12_months",
        "Call Min",
        "Gifts",
        "First Class Fares",
        "Minutes",
    ):
        assert load().for_table([*SHOP, adding]).words(adding, Role.AMOUNT).adds, adding


@pytest.mark.parametrize(
    ("name", "noun"),
    [
        ("Omzet excl. btw", "revenue excluding VAT"), ("Revenue ex tax", "revenue excluding VAT"),
        ("Umsatz inkl. MwSt", "revenue including VAT"), ("sales excl returns", "sales excluding returns"),
        ("days until Exp Date", "days until expiry date"), ("Card Exp", "card expiry"), ("Exp Yrs", "experience years"),
        ("MonthlyExp", "monthly expenses"), ("exp", "expenses"), ("Exp Score", "exp score"),
        ("HH Inc", "HH income"), ("inc", "income"), ("rent_inc", "rent inc"), ("fees inc VAT", "fees including VAT"),
        ("Cat food spend", "cat food spend"), ("Fav Cat", "fav category"), ("cat_1", "category 1"),
        ("GENDER_CD", "gender code"), ("Has CD", "has CD"), ("CD Balance", "CD balance"),
        ("UNIT_PRC", "unit price"), ("PRC_FULL_PAYMENT", "percentage full payment"),
        ("Direct Dep.", "direct deposit"), ("Dep Airport", "dep airport"), ("Check-ins", "check-ins"),
        ("Ins Paid", "insurance paid"), ("mon_charges", "monthly charges"), ("Mon visits", "mon visits"),
        ("Talk Min", "talk minutes"), ("Order Min", "order minimum"), ("LOC limit", "line of credit limit"),
        ("VOICE_MIN_OG", "voice minutes og"), ("Rev Bal", "revolving balance"), ("Avg Rev", "average revenue"),
        ("Vol Hours", "volunteer hours"),
        ("Pts Earned", "points earned"), ("Pts Seen", "pts seen"), ("Total_Trans_Ct", "total transaction count"),
    ],
)  # fmt: skip
def test_an_abbreviation_of_several_meanings_is_told_by_its_neighbours(name: str, noun: str) -> None:
    assert load().for_table([*SHOP, name]).words(name, Role.AMOUNT).noun == noun


def test_a_segment_is_named_without_the_tax_unless_the_table_has_it_both_ways() -> None:
    one, both = ["Customer", "Revenue excl. VAT"], ["Revenue excl. VAT", "Revenue incl. VAT"]
    assert load().for_table(one).words(one[1], Role.AMOUNT).high == "High Revenue"
    lexicon = load().for_table(both)
    assert [lexicon.words(name, Role.AMOUNT).high for name in both] == [
        "High Revenue Excluding VAT", "High Revenue Including VAT",
    ]  # fmt: skip


def test_a_user_says_what_a_word_of_his_means(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(
        '[[reading]]\nword = "exp"\nwhen = "exp score"\nas = "exposure"\n[tails]\n"netto" = "net"\n', "utf-8"
    )
    lexicon = load(file).for_table(SHOP)
    assert lexicon.words("Exp Score", Role.SCORE).noun == "exposure score"
    assert lexicon.words("Revenue netto", Role.AMOUNT).noun == "revenue net"


@pytest.mark.parametrize(
    ("parts", "others", "noun"),
    [
        (("FY21 Giving", "FY22 Giving", "FY23 Giving"), ("Lifetime Giving",), "giving from FY21 to FY23"),
        (("Food Spend", "Toys & Acc. Spend", "Grooming Spend"), ("Purchases 12m",), "total spend"),
        (("SpendRx", "SpendOtc", "SpendBeauty"), ("Spend 12M",), "spend on rx, OTC and beauty"),
        (("MntA", "MntBread", "MntFish", "MntWine"), ("Spend",), "spend on A, bread and other things"),
        (("Wine Sales", "Food Sales", "Shop Sales"), ("Total Sales",), "wine, food and shop sales"),
        (("sales_2024", "sales_2023", "sales_2022"), (), "sales from 2022 to 2024"),
        (("Rev Q1 2024", "Rev Q2 2024", "Rev Q3 2024"), (), "revenue from Q1 to Q3 2024"),
        (("Bill Amt 1", "Bill Amt 2", "Bill Amt 3"), (), "bill amount 1 to 3"),
        (("Sales 2025-06-01", "Sales 2025-07-01", "Sales 2025-08-01"), (), "sales from June to August 2025"),
        (("Milk", "Bread", "Fish"), (), "total of x"),
    ],
)  # fmt: skip
def test_what_was_added_up_has_a_short_name(
    parts: tuple[str, ...], others: tuple[str, ...], noun: str
) -> None:
    lexicon = load().for_table(["Customer", *parts, *others], {"total of x": parts})
    words = lexicon.words("total of x", Role.AMOUNT)
    assert (words.noun, words.title.lower()) == (noun, noun.lower())


def test_nobody_has_no_total() -> None:
    parts = ("Food Spend", "Toy Spend", "Vet Spend")
    words = load().for_table(["Customer", *parts], {"total of x": parts}).words("total of x", Role.AMOUNT)
    assert (words.none, words.plural) == ("spend nothing", False)
    years = ("FY21 Giving", "FY22 Giving", "FY23 Giving")
    words = load().for_table(["Customer", *years], {"total of x": years}).words("total of x", Role.AMOUNT)
    assert (words.none, words.plural) == ("have no giving from FY21 to FY23", False)


def test_two_ages_are_told_apart_in_words() -> None:
    ages = ["Age", "age from DOB"]
    lexicon = load().for_table(["DOB", "Age"]).telling_apart([(name, Role.AGE) for name in ages])
    assert [lexicon.words(name, Role.AGE).title for name in ages] == ["Age", "Age by date of birth"]


def test_the_currency_of_a_name_is_said_only_where_it_tells_two_apart() -> None:
    called = {"revenue_usd": "revenue", "revenue_eur": "revenue"}
    alone = load().for_table(["revenue_usd"], called=called).telling_apart([("revenue_usd", Role.AMOUNT)])
    assert alone.words("revenue_usd", Role.AMOUNT).title == "Revenue"
    both = load().for_table(called, called=called).telling_apart((name, Role.AMOUNT) for name in called)
    assert [both.words(name, Role.AMOUNT).noun for name in called] == ["revenue in USD", "revenue in EUR"]


@pytest.mark.parametrize(
    ("name", "noun", "unit"),
    [
        ("avg_distance_m", "average distance", "m"), ("max_distance_km", "maximum distance", "km"),
        ("Dislivello medio (m)", "dislivello medio", "m"), ("parcel_weight_kg", "parcel weight", "kg"),
        ("time_on_site_sec", "time on site", "seconds"), ("wait_time_min", "wait time", "minutes"),
        ("session_duration_hrs", "session duration", "hours"),
        ("team_size_m", "team size m", ""), ("Plan M", "plan M", ""), ("Volume (m)", "volume", ""),
        ("Distance", "distance", ""), ("response_time_max", "response time maximum", ""),
        ("response_time_min", "response time minutes", ""),  # the smaller of two, as before
    ],
)  # fmt: skip
def test_the_last_word_is_a_unit_of_what_is_measured(name: str, noun: str, unit: str) -> None:
    lexicon = load().for_table([name, "response_time_max", "Orders"])
    words = lexicon.words(name, Role.SCORE)
    assert (words.noun, words.unit) == (noun, unit)


def test_since_the_first_is_never_short() -> None:
    words = load().for_table(SHOP).words("days since First Gift Date", Role.TENURE)
    assert (words.noun, words.low, words.high) == (
        "days since the first gift", "Recent First Gift", "No Recent First Gift",
    )  # fmt: skip
    created = load().for_table(SHOP).words("days since created_at", Role.TENURE)
    assert "Recent" not in created.low  # nobody has «a recent created»


@pytest.mark.parametrize(
    ("name", "plural"),
    [
        ("Spend last 12 months", False),
        ("Orders last 12 months", True),
        ("Active months", True),
        ("Margin 90 days", False),
        ("Service (1 = best, 5 = worst)", False),
    ],
)
def test_how_long_is_looked_back_makes_no_plural(name: str, plural: bool) -> None:
    assert load().for_table([*SHOP, name]).words(name, Role.AMOUNT).plural is plural


def test_codes_and_signs_stay_as_they_are_written() -> None:
    assert title_case("unit type ml2b") == "Unit Type ml2b"
    assert load().for_table(SHOP).words("Cxl <24h", Role.COUNT).title == "Cxl <24h"


@pytest.mark.parametrize(
    ("name", "noun", "low"),
    [
        ("Service (1 = best, 5 = worst)", "service (1 = best)", "Low Service (1 = best)"),
        ("Service (5 = sehr schlecht, 1 = super)", "service (1 = super)", "Low Service (1 = super)"),
        ("Service (1 = worst, 5 = best)", "service", "Low Service"),
        ("Service (1 to 5)", "service", "Low Service"),
    ],
)  # fmt: skip
def test_a_scale_whose_low_end_is_good_says_so(name: str, noun: str, low: str) -> None:
    words = load().for_table([*SHOP, name]).words(name, Role.SCORE)
    assert (words.noun, words.low) == (noun, low)


@pytest.mark.parametrize(
    ("names", "title"),
    [
        ("2025-08-01|2025-07-01", "August 2025"), ("2025-08|2025-07", "August 2025"), ("Aug-25|Jul-25", "August 2025"),
        ("Aug 2025|x", "August 2025"), ("2025-08-01|2025-08-02", "2025-08-01"), ("Aug-25|Aug-24", "Aug 25"),
        ("Visits 2025-08|x", "Visits August 2025"), ("Plan 2025|Tier 2025", "Plan 2025"),
    ],
)  # fmt: skip
def test_a_column_named_by_a_month_is_called_by_it(names: str, title: str) -> None:
    table = names.split("|")
    assert load().for_table(table).words(table[0], Role.AMOUNT).title == title


@pytest.mark.parametrize(
    ("name", "role", "noun", "title"),
    [
        ("2025-08-01", Role.AMOUNT, "amount of August 2025", "August 2025"),
        ("2025-08-01 00:00:00", Role.BALANCE, "balance of August 2025", "August 2025"),
        ("08/2025", Role.COUNT, "count of August 2025", "August 2025"),
        ("ago-2025", Role.AMOUNT, "amount of August 2025", "August 2025"),
        ("Q3 2025", Role.AMOUNT, "amount of Q3 2025", "Q3 2025"),
        ("2024", Role.AMOUNT, "amount of 2024", "2024"),
        ("2024", Role.SCORE, "2024", "2024"),
        ("Sales 2025", Role.AMOUNT, "sales 2025", "Sales 2025"),
        ("2025-08-15", Role.AMOUNT, "2025-08-15", "2025-08-15"),
    ],
)
def test_a_column_named_by_a_month_only_is_an_amount_of_it(
    name: str, role: Role, noun: str, title: str
) -> None:
    words = load().for_table([*SHOP, name]).words(name, role)
    assert (words.noun, words.title) == (noun, title)


@pytest.mark.parametrize("name", ["Guest Passes Left", "Seats Purchased", "Classes Booked"])
def test_what_became_of_things_leaves_them_countable(name: str) -> None:
    words = load().for_table([*SHOP, name]).words(name, Role.COUNT)
    assert (words.plural, words.high) == (True, f"Many {name}")


@pytest.mark.parametrize("name", ["Recency", "recency_days", "Recency (days)", "RECENCY_IN_MONTHS"])
def test_a_low_recency_is_a_recent_customer(name: str) -> None:
    lexicon = load().for_table([name, "a", "b", "c", "d", "e"])
    words = lexicon.words(name, Role.RECENCY)
    assert (words.low_adjective, words.noun) == ("Recently Active", "recency")
    assert words.unit == ("" if name == "Recency" else "months" if "MONTHS" in name else "days")
    assert not lexicon.words(
        name, Role.SCORE
    ).low_adjective  # of a score of 1 to 5 the high one is the good one


@pytest.mark.parametrize(
    ("name", "noun"),
    [
        ("Spesa noleggio", "spesa noleggio"),
        ("Compras suministros", "compras suministros"),
        ("Saldo Jahresabrechnung", "saldo jahresabrechnung"),
        ("Giorni sciati 25/26", "giorni sciati 25/26"),
        ("Spa-Umsatz", "spa revenue"),
        ("İptal Sayısı", "iptal sayısı"),
        ("Retouren 2025", "returns 2025"),
        ("Anzahl Ladevorgänge", "ladevorgänge"),
        ("Loyalty Punkte", "loyalty points"),
        ("Verzekerd bedrag", "insured amount"),
        ("Umsatz netto", "net revenue"),
        ("Omsättning 36 mån", "revenue of 36 months"),
        ("Offener Betrag", "outstanding balances"),
        ("days since Kunde seit", "days as a customer"),
    ],
)
def test_a_foreign_name_is_said_in_english_whole_or_not_at_all(name: str, noun: str) -> None:
    role = Role.COUNT if "Ladev" in name else Role.AMOUNT
    assert load().for_table([name, "a", "b", "c", "d", "e"]).words(name, role).noun == noun


def test_what_the_user_says_of_a_word_is_said_beside_any_other(tmp_path: Path) -> None:
    (tmp_path / "w.toml").write_text('[abbreviations]\nspesa = "outlay"\n', "utf-8")
    assert load(tmp_path / "w.toml").words("Spesa noleggio", Role.AMOUNT).noun == "outlay noleggio"


@pytest.mark.parametrize(
    ("names", "nouns"),
    [
        ("user_id, traits.plan, traits.comments_28d, traits.visits, traits.id",
         "user ID, plan, comments 28d, visits, ID"),
        ("Organization - Name, Organization - Won deals, Organization - Organization created",
         "name, won deals, organization created"),
        ("customer_city, customer_since, customer_orders, customer_points", "city, customer since, orders, points"),
        ("account_balance, account_type, account_points, balance", "account balance, account type, points, balance"),
        ("spend_wine, spend_fish, spend_fruit", "spend wine, spend fish, spend fruit"),
        ("Category 1, Category 2, Category 3", "category 1, category 2, category 3"),
        ("customer_city, orders, points, visits, items", "customer city, orders, points, visits, items"),
    ],
)  # fmt: skip
def test_what_most_names_begin_with_is_left_out_where_it_says_nothing(names: str, nouns: str) -> None:
    header = names.split(", ")
    lexicon = load().for_table(header)
    assert [lexicon.expand(name) for name in header] == nouns.split(", ")
    assert (
        lexicon.words(f"days since {header[-1]}", Role.CONSTANT).noun == f"days since {nouns.split(', ')[-1]}"
    )


def test_a_sum_of_foreign_names_is_said_in_english() -> None:
    parts = ("Spesa skipass", "Spesa noleggio", "Spesa ristorazione")
    made = {"total of Spesa skipass, Spesa noleggio and Spesa ristorazione": parts}
    words = load().for_table([*parts, "Livello", "Provincia"], made).words(next(iter(made)), Role.AMOUNT)
    assert (words.noun, words.head) == ("total spending", "Spenders")
