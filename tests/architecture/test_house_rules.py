"""This repository keeps its house rules, and the rules bite where they are broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture import house

ROOT = Path(__file__).resolve().parents[2]

#: Rooms that only one service has, each with what it is for.
OWN_ROOMS = {
    "enforcement": {
        "bounds.py": "sums, limits and spans that the law sets, without a case, pure like the rules",
        "reading.py": "what the record of a case says, pure like the rules",
        "notes.py": "what a step leaves on its case, pure like the rules",
        "catalogue.py": "the acts and limits of data/, checked at the start, pure but for that",
        "calc.py": "what is computed without a case, pure like the rules",
        "cautions.py": "what deserves a second look, pure like the rules",
        "costs.py": "the ledger of what doing it for the party has cost, pure like the rules",
        "outside.py": "what other authorities are asked and how it comes back, pure like the rules",
        "statements.py": "what the party says and to which paper, pure like the rules",
        "pauses.py": "times in which a period stands still, pure like the rules",
        "misprints.py": "where a misprint stands and how it reads then, pure like the rules",
        "measures.py": "what is forced, contested by itself until its own last days, pure like the rules",
        "earlier.py": "a decision that another one has followed, contested until its own last days, pure like the rules",
        "forcing.py": "what is seized at once, what the body enforces itself, what is dismantled, pure like the rules",
        "recusal.py": "who must not act in a case, pure like the rules",
        "register.py": "asks for other cases of a party",
        "stages/__init__.py": "the procedure's table, stage by stage, pure like all of it",
        "stages/places.py": "the states and clocks that belong together",
        "stages/seen.py": "clue, inspection, and the first measure",
        "stages/correcting.py": "rechecks, and what is done for the party",
        "stages/forced.py": "what the body enforces itself and dismantles, and the contests of what is forced",
        "stages/investigating.py": "evidence, seizures and the ninety days",
        "stages/heard.py": "notice, statement, hearing and review",
        "stages/deciding.py": "the decision and its service",
        "stages/paying.py": "fines paid, put off or late",
        "stages/reviewing.py": "reconsideration and suits, also of what lies behind",
        "stages/courts.py": "demand, court, and what is given up",
        "stages/recovering.py": "costs of what was done for the party",
        "stages/elsewhere.py": "handed over, and asked for help",
        "stages/withdrawing.py": "who must not act",
    },
    "feedback": {
        "calling.py": "the doors of callbacks: list, link, asking again",
        "calls.py": "when residents may be called, pure like the rules",
        "enclosing.py": "what other services hold of an appeal, fetched for its file",
        "files.py": "the electronic file, as PDF and zip",
        "links.py": "signed links for rating",
        "rates.py": "what is counted, pure like the rules",
        "recall_doors.py": "the list of second calls, and their figures",
        "recalls.py": "the random second call: its draw, its steps and what differs, pure like the rules",
        "voices.py": "who is heard under another's handling",
    },
    "hotline": {
        "calc.py": "what is computed without a case",
        "book.py": "the copy of the knowledge base as it is kept",
        "call_doors.py": "the calls of the lines: reported, counted, missed ones returned",
        "calls.py": "what calls add up to, pure like the rules",
        "lookup.py": "what of the knowledge base may be answered with, and how it is found, pure like the rules",
        "knowledge_doors.py": "the pages and API of the knowledge base where cases are handled",
        "relays.py": "what was relayed to units outside, each with its time and end, pure like the rules",
    },
    "intake": {
        "material/attachments.py": "the pictures of appeals as they are kept",
        "ways_in/entrances.py": "the ways in, as data, and what each has to say",
        "ways_in/desk.py": "the page on which operators register",
        "ways_in/finding.py": "who is on the line: appeals by telephone, code or number",
        "misuse/callers.py": "the register of callers: its procedure and rules",
        "misuse/callers_book.py": "the register of callers as it is kept",
        "misuse/callers_desk.py": "its pages and API",
        "messages/channels.py": "one message to one channel",
        "material/coordinates.py": "brings positions to one system",
        "ways_in/doors.py": "the ways by which letters come in",
        "ways_in/georeport.py": "what Open311 offers, and its spelling in JSON and XML",
        "inserting.py": "one appeal in one statement",
        "answers/knowledge.py": "what may be answered on the spot, and how it is found, pure",
        "answers/knowledge_desk.py": "the pages and API of the knowledge base",
        "matters/joining.py": "the same matter brought together, taken apart, reopened",
        "matters/likeness.py": "which appeals may be one matter and why, pure like the rules",
        "matters/naming.py": "which appeal is meant by a code or a number of the ledger, as people say it",
        "messages/noticeboard.py": "the log of notices, and their preview",
        "messages/notices.py": "who is told what by which channel",
        "answers/onspot.py": "answers, relays and legal routes in one go",
        "ways_in/open311.py": "the door of the Open311 standard",
        "operations.py": "the public API, described",
        "material/places.py": "reads addresses out of words",
        "messages/porter.py": "the process that carries messages out",
        "ways_in/public.py": "what a resident sees",
        "matters/repeats.py": "what becomes of the same matter again, pure like the rules",
        "register.py": "how a letter becomes an appeal",
        "answers/replies.py": "the classes that are not dispatched, and their words, as data",
        "messages/sending.py": "the outbox of notices",
        "ways_in/sheets.py": "the columns of a file of appeals",
        "answers/stock.py": "the knowledge base as it is kept",
        "matters/traces.py": "the index by which appeals like another are found",
        "upstream.py": "what the system that a letter came from is told of it",
        "ways_in/__init__.py": "the doors that letters come in by, and what residents see of them afterwards",
        "answers/__init__.py": "what is answered at once: the knowledge base, the classes that are not dispatched, and the page for both",
        "misuse/__init__.py": "the register of callers who misuse the hotline",
        "matters/__init__.py": "one matter, many appeals: found, brought together, taken apart, reopened",
        "messages/__init__.py": "what residents and staff are told outside, from the fact to the gateway",
        "material/__init__.py": "what a letter brings beside its words: pictures, places, positions",
    },
    "mediation": {
        "calc.py": "what it computes without a case, pure like the rules",
        "cautions.py": "what deserves a second look, pure as well",
        "committees.py": "the pages and API of the register of committees",
        "demo.py": "the demo street's committee",
        "experts.py": "expert opinions, each with its time, result and challenges, pure like the rules",
        "parties.py": "who the parties are: of what capacity, put right, joined or left, pure like the rules",
        "register.py": "the committees and earlier disputes that rules ask for",
        "stages/__init__.py": "the procedure's table, stage by stage, pure like all of it",
        "stages/places.py": "the states and clocks that belong together",
        "stages/following.py": "who was told of something is asked again until he has answered",
        "stages/applying.py": "the application and everybody's consent",
        "stages/correcting.py": "what was entered wrongly, and parties who join, leave or ask again",
        "stages/preparing.py": "agents, identities, rights, mediators and helpers",
        "stages/appraising.py": "expert opinions",
        "stages/sitting.py": "the inquiry and the sessions",
        "stages/dangers.py": "disputes that may grow violent",
        "stages/periods.py": "the time of mediation, and that to sue",
        "stages/ending.py": "no agreement: the other routes, the authority",
        "stages/agreeing.py": "agreements by word and in writing",
        "stages/performing.py": "performance, urging, remedies and the visit",
        "stages/confirming.py": "the court's confirmation",
        "stages/outsiders.py": "what others contest of a confirmation",
        "stages/resuming.py": "a rework that goes on where the case stood",
        "stages/concluding.py": "the reply",
    },
    "portal": {
        "accounts.py": "who may sign in, and the keys that sign tokens",
        "board.py": "what is counted for the board",
        "story.py": "the demo's own story, step by step",
    },
    "wage_recovery": {
        "debts.py": "who is owed how much, who pays, and what has reached the workers, pure like the rules",
        "duties.py": "what a project keeps ready for its workers, pure like the rules",
        "decisions.py": "the authority's decision upon each payer whose order was disobeyed, its remedies and its time at court, pure like the rules",
        "serious.py": "what of arrears the law calls serious, and what then follows, pure like the rules",
        "stages/reporting.py": "what looks serious, reported to who may sanction it",
        "orders.py": "inspection, orders, compensation, crime and the list of defaulters, pure like the rules",
        "courts.py": "settlements, limitation, arbitration, judgments and enforcement, pure like the rules",
        "calc.py": "what it computes without a case",
        "cautions.py": "what deserves a second look, pure like the rules",
        "comparing.py": "compares each claim with the others",
        "pasting.py": "the columns of what is pasted out of a spreadsheet, pure like the rules",
        "projects.py": "the pages and API of the register of projects",
        "register.py": "the projects with what is claimed of them, and a month's figures",
        "stages/__init__.py": "the procedure's table, stage by stage, pure like all of it",
        "stages/places.py": "the states and clocks that belong together",
        "stages/claiming.py": "the claim, crowds, and what is not wages",
        "stages/verifying.py": "roster, liable party, evidence and coordination",
        "stages/paying.py": "payments, the guarantee and the county's fund",
        "stages/checking.py": "sums fixed, and payments checked",
        "stages/settling.py": "mediation and settlements",
        "stages/confirming.py": "settlements confirmed by a court or the commission",
        "stages/payment_orders.py": "the court's order for payment",
        "stages/inspecting.py": "labour inspection up to its finding",
        "stages/ordering.py": "orders to pay",
        "stages/deciding.py": "compensation and decisions",
        "stages/police.py": "what is handed to the police",
        "stages/blacklisting.py": "the list of defaulters",
        "stages/arbitrating.py": "arbitration and its award",
        "stages/suing.py": "lawsuits of both instances",
        "stages/enforcing.py": "enforcement by a court",
        "stages/given_up.py": "what is not pursued, or too late",
        "stages/resuming.py": "a rework that goes on where the case stood",
        "stages/afterwards.py": "what a court does after the reply",
        "stages/concluding.py": "the reply",
    },
    "property": {
        "votes.py": "ballots, quorum, majorities and what may follow from a count, pure like the rules",
        "funds.py": "repairs and who pays for them, pure like the rules",
        "firms.py": "companies in their duties, at their end, and their marks, pure like the rules",
        "candidates.py": "who of the candidates for a committee is elected, pure as well",
        "elections.py": "first meetings, elections, papers and books of owners' committees, pure like the rules",
        "calc.py": "votes, shares and arrears without a case, pure like the rules",
        "cautions.py": "what deserves a second look, pure as well",
        "demo.py": "the demo's estates",
        "estates.py": "the pages and API of the register of estates",
        "loading.py": "the register as files, read line by line and written",
        "register.py": "the estates, repairs and marks that rules ask for",
        "roster.py": "a roster of owners, read and checked, pure as well",
        "stages/__init__.py": "the procedure's table, stage by stage, pure like all of it",
        "stages/places.py": "the states and clocks that belong together, and what every vote keeps",
        "stages/following.py": "whoever is waited for is urged, what was put right looked at again",
        "stages/visiting.py": "what a complaint is, and what is found on site",
        "stages/fees.py": "fees and common income",
        "stages/orders.py": "order, interview and credit mark",
        "stages/unfounded.py": "what was not found",
        "stages/meeting.py": "the joint meeting, and what is handed over",
        "stages/outside.py": "what somebody outside must do",
        "stages/voting.py": "what the owners decide together",
        "stages/fund.py": "repairs that the owners pay from their fund, or somebody else",
        "stages/emergency.py": "repairs that can't wait for a vote",
        "stages/lifts.py": "people in a lift",
        "stages/group.py": "the group that prepares the first meeting, and the developer's papers",
        "stages/electing.py": "a committee is elected, or nobody",
        "stages/committee.py": "first meeting, filing, books and seal of a committee",
        "stages/reelecting.py": "a committee elected anew, or the one in its place",
        "stages/supervising.py": "decisions of the owners or their committee against the law",
        "stages/leaving.py": "a company leaves, or stays against the law",
        "stages/business.py": "dwellings used for business",
        "stages/resuming.py": "where a case goes on whose result was not accepted",
        "stages/reported.py": "what is answered wherever the case has gone",
    },
    "relief": {
        "means.py": "what a household has and what it comes to, pure like the rules",
        "duplicates.py": "persons known again and what other requests give them, pure like the rules",
        "applying.py": "from the window to the street's opinion, and urgent help, pure like the rules",
        "granting.py": "from the publicity to the grant and its payment, or the refusal, pure like the rules",
        "benefits.py": "what is paid month by month, pure like the rules",
        "refunds.py": "fraud and money that comes back, pure like the rules",
        "calc.py": "what is computed without a case, pure like the rules",
        "cautions.py": "what deserves a second look, pure like the rules",
        "recipients.py": "the pages and API of the roster of recipients",
        "register.py": "the same persons in other cases, and the recipients of a month",
        "remedies.py": "which decisions may be contested, until when, and what came of it, pure like the rules",
        "stages/__init__.py": "the procedure's table, stage by stage, pure like all of it",
        "stages/places.py": "the states and clocks that belong together",
        "stages/requesting.py": "the application and its papers",
        "stages/surveying.py": "checks, visits, neighbours and the opinion",
        "stages/publicising.py": "what is posted, and objections",
        "stages/deciding.py": "the grant or the refusal",
        "stages/paying.py": "the grant published and paid",
        "stages/lasting.py": "what is paid month by month",
        "stages/reclaiming.py": "fraud and money that comes back",
        "stages/contesting.py": "decisions contested and put right",
        "stages/urgent.py": "help at once",
        "stages/referring.py": "other bodies that are asked",
        "stages/concluding.py": "the reply",
    },
    "routing": {
        "judging/__init__.py": "what a letter is about, where it belongs, how urgent and severe it is: read out of its words",
        "dispatch/__init__.py": "the dispatch rules: as data, checked, tried, replayed, in versions that leaders put live",
        "signoff/__init__.py": "what leaders sign, by which right, and the chain that shows it was not changed",
        "supervision/__init__.py": "what is kept an eye on after the dispatch: returns, assisting units, clocks and cards",
        "doors.py": "the doors of units that help, and the analysis of returns",
        "supervision/helping.py": "assisting units and whistles, pure like the rules",
        "judging/learned.py": "a second opinion on a letter, learned from labelled ones",
        "supervision/returns.py": "who decides on returns, and what they add up to, pure like the rules",
        "signoff/signatures.py": "the chain of signatures, and what is wrong with it",
        "signoff/signing.py": "who signs, in whose place and with what opinion, pure like the rules",
        "signoff/signing_pages.py": "the leaders' pile, and their absences and delegations",
        "export.py": "writes the ledger as a spreadsheet",
        "ledger.py": "what the ledger is narrowed by, and how it is searched",
        "judging/letter.py": "a letter as it is read: tidied, its sentences by their place, the words found in them",
        "judging/lexicon.py": "what is known of words, compiled from its tables",
        "judging/weighing.py": "what the words of a letter weigh for each category and mechanism",
        "judging/numbers.py": "how many people and how much money a letter speaks of",
        "judging/grading.py": "haste and stake, kind, people and the legal route, from plain words",
        "judging/alarm.py": "danger in what somebody says, learned from made-up calls",
        "judging/opinions.py": "what the made-up letters and a trained model are asked, and what they say",
        "judging/result.py": "what is found out of an appeal, how sure, and by which words",
        "judging/triage.py": "reads a letter's text: all of the above in their order",
        "dispatch/ruleset.py": "the language of the dispatch rules, pure like the rules",
        "dispatch/rulecheck.py": "what is wrong with dispatch rules, pure as well",
        "dispatch/rulebook.py": "the versions of the dispatch rules as they are kept",
        "dispatch/rulepages.py": "their pages and API",
        "dispatch/trying.py": "where one appeal goes by them, and why",
        "dispatch/replaying.py": "what others would have done with past appeals",
        "supervision/watching.py": "what running clocks bring, pure like the rules",
    },
}

#: Words of the domain that the chassis may say, file by file.
ALLOWED_WORDS: dict[str, set[str]] = {
    # What python-docx calls a style.
    "typeset.py": {"grid"},
    # Addresses that `jiesu up` prints.
    "commands.py": {"intake", "portal"},
    # An address in example.com.
    "examples.py": {"resident"},
    # Who signs tokens.
    "keys_command.py": {"portal"},
    # Whoever a case is handled for; and the example of a unit to pass it on to.
    "handling.py": {"petitioner", "enforcement"},
    "reactions.py": {"petitioner"},
    # Where people sign in and where the front page is: one address for all.
    "pages.py": {"portal"},
    "serving.py": {"portal"},
    "web.py": {"portal"},
    "app.py": {"portal"},
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Give a tree that breaks no rule."""
    for path, text in {
        "chassis/workflow.py": '"""The table of steps: an appeal is only an example here."""\n',
        "services/parking/__init__.py": '"""Parks bicycles."""\n',
        "services/parking/rules.py": '"""Arithmetic."""\n',
        "services/parking/templates/notice.html": "<p></p>\n",
        "services/parking/pyproject.toml": (
            '[project]\nname = "jiesujiban-parking"\ndependencies = ["jiesujiban-chassis>=0.1"]\n'
            '[project.entry-points."jiesu.services"]\nparking = "services.parking.service:ParkingService"\n'
            '[tool.hatch.build.targets.wheel.sources]\n"" = "services/parking"\n'
        ),
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def test_each_service_has_the_known_rooms_only() -> None:
    assert house.strangers_in_services(ROOT, OWN_ROOMS) == []


def test_pure_rooms_ask_neither_for_the_time_nor_for_chance_nor_for_files() -> None:
    assert house.impurities(ROOT) == []


def test_no_service_imports_in_a_circle() -> None:
    assert house.circles(ROOT) == []


def test_the_chassis_says_no_word_of_the_domain() -> None:
    assert house.domain_words(ROOT, ALLOWED_WORDS) == []


def test_each_service_can_be_installed_alone_under_its_own_name() -> None:
    assert house.misnamed_distributions(ROOT) == []


def test_each_lint_rule_that_is_ignored_has_its_reason_beside_it() -> None:
    assert house.unreasoned_ignores((ROOT / "pyproject.toml").read_text(encoding="utf-8")) == []


def test_a_tree_that_keeps_the_rules_is_left_in_peace(tree: Path) -> None:
    assert house.strangers_in_services(tree, {}) == []
    assert house.impurities(tree) == []
    assert house.circles(tree) == []
    assert house.domain_words(tree, {}) == []
    assert house.misnamed_distributions(tree) == []


@pytest.mark.parametrize("line", ["from services.parking import rules", "from services.parking.rules import free"])
def test_a_circle_of_imports_is_refused(tree: Path, line: str) -> None:
    (tree / "services/parking/web.py").write_text(f"{line}\n")
    assert house.circles(tree) == []

    (tree / "services/parking/rules.py").write_text("if TYPE_CHECKING:\n    from services.parking.web import shown\n")

    [circle] = house.circles(tree)
    assert set(circle.split(" -> ")) == {"services.parking.web", "services.parking.rules"}


@pytest.mark.parametrize("stranger", ["utils.py", "views/page.py", "templates/view.py", "static/notes.doc", "rule.py"])
def test_a_room_of_another_name_is_refused(tree: Path, stranger: str) -> None:
    path = tree / "services/parking" / stranger
    path.parent.mkdir(exist_ok=True)
    path.touch()

    assert house.strangers_in_services(tree, {}) == [f"services/parking/{stranger}: no room of a service is called so"]


def test_a_suite_of_rooms_is_known_room_by_room(tree: Path) -> None:
    (tree / "services/parking/permits").mkdir()
    for room in ("__init__.py", "desk.py", "utils.py"):
        (tree / "services/parking/permits" / room).touch()

    known = {"parking": ("permits/__init__.py", "permits/desk.py")}

    assert house.strangers_in_services(tree, known) == [
        "services/parking/permits/utils.py: no room of a service is called so"
    ]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("started = datetime.now(UTC)", "asks for the time"),
        ("started = datetime.datetime.utcnow()", "asks for the time"),
        ("day = date.today()", "asks for the time"),
        ("case = str(uuid4())", "makes an id"),
        ("text = open('letter')", "opens a file"),
        ("Path('letter').write_text('')", "writes a file"),
        ("print('done')", "prints"),
    ],
)
def test_a_rule_that_asks_the_world_is_refused(tree: Path, code: str, why: str) -> None:
    (tree / "services/parking/rules.py").write_text(f'"""Arithmetic."""\n{code}\n', encoding="utf-8")

    assert house.impurities(tree) == [f"services/parking/rules.py:2: a pure room {why}"]


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("def open_appeal(): ...", "appeal"),
        ("class AppealTable: ...", "appeal"),
        ("queue = 'mediation.mailbox'", "mediation"),
        ("send(resident=1)", "resident"),
        ("work.ledger", "ledger"),
    ],
)
def test_a_word_of_the_domain_in_the_chassis_is_refused(tree: Path, code: str, word: str) -> None:
    (tree / "chassis/work.py").write_text(f"{code}\n", encoding="utf-8")

    assert house.domain_words(tree, {}) == [f"chassis/work.py:1: the chassis says {word!r}"]
    assert house.domain_words(tree, {"work.py": {word}}) == []


@pytest.mark.parametrize(
    ("right", "wrong", "why"),
    [
        ("jiesujiban-parking", "parking", "its name is not jiesujiban-parking"),
        ('"jiesujiban-chassis>=0.1"', "", "it does not depend on the chassis"),
        ('["jiesujiban-chassis', '["jiesujiban-intake", "jiesujiban-chassis', "it depends on another service"),
        ("parking = ", "park = ", "its class is not announced"),
        ('"" = "services/parking"', "", "its wheel does not hold services/parking"),
    ],
)
def test_a_service_that_is_packed_wrongly_is_refused(tree: Path, right: str, wrong: str, why: str) -> None:
    path = tree / "services/parking/pyproject.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(right, wrong), encoding="utf-8")

    assert house.misnamed_distributions(tree) == [f"services/parking/pyproject.toml: {why}"]


def test_an_ignored_lint_rule_without_a_reason_is_refused() -> None:
    written = '[tool.ruff.lint]\nignore = [\n    "D105",  # Says what Python says.\n    "E501",\n    "S101",  # no\n]\n'

    assert house.unreasoned_ignores(written) == ["E501", "S101"]
