"""The marks in every format, read back by real parsers: exact points, nothing that a spreadsheet would run."""

import csv
import io
import json
import re
import shutil

import pyarrow.parquet as parquet
import pytest

from grader.__main__ import main
from grader.export import Options, canvas, write_exports
from grader.export.matching import match, named
from grader.export.options import VISIBILITIES
from grader.export.scores import Score
from grader.export.tables import neutral
from grader.export.worksheet import Worksheet, WorksheetError
from grader.intake import clean_id
from grader.marking.gradebook import Ledger, open_gradebook
from grader.release import released_notebook
from grader.results import Check, Exercise, Graded, Result
from tests.grader import tiny_course
from tests.grader.tiny_course import LAB

CHECKS = [Check("twice a number", "passed"), Check("twice zero", "failed", "Seen.\nLike.", "zero_forgotten")]
PEOPLE = {
    "ada": ("=1+1", "Ada", "ada@example.org", 1.0),
    "bob": ('O"Hara, B', "Bob\r\n", "Bob.O@example.org", 0.5),
    "4711": ("Ünal", "@Ümit", "", 0.25),
    "zoe": ("", "", "zoe@example.org", 1.0),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Four students; bob is late, ada has points by hand, and answers of the others wait."""
    course = tiny_course.build(tmp_path_factory.mktemp("export") / "course")
    with Ledger(course) as ledger:
        for student, (*_, share) in PEOPLE.items():
            ledger.land(student, LAB, work(course, share))
    with open_gradebook(course) as gradebook:
        for student, (last, first, email, _) in PEOPLE.items():
            gradebook.update_or_create_student(student, last_name=last, first_name=first, email=email or None)
        grade = gradebook.find_grade("q-why", "1-double", LAB, "ada")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 2.0, 0.25, False
        gradebook.find_submission_notebook("1-double", LAB, "bob").late_submission_penalty = 0.5
        gradebook.db.commit()
    return course


def work(course, share):
    """Both notebooks with this share of the points."""
    found = {}
    for notebook in course.lab(LAB).notebooks:
        content = released_notebook(notebook.source)
        content.cells[-1].source = "Because."
        exercises = [
            Exercise(e.name, e.points * share, e.points, "passed" if share == 1 else "partial", CHECKS)
            for e in notebook.exercises
            if not e.manual
        ]
        result = Result(LAB, notebook.name, "graded", exercises=exercises)
        found[notebook.name] = Graded(result, dict(content))
    return found


def rows(path, **dialect):
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file, **dialect))


def export(course, form, **options):
    return write_exports(course, [LAB], form, Options(**options))


def filled(course, tmp_path, form, text, **options):
    """The rows of a worksheet after export, its text, and the notes."""
    path = tmp_path / "downloaded.csv"
    path.write_bytes(text.encode())
    done = export(course, form, worksheet=path, **options)
    assert path.read_bytes() == text.encode()
    return rows(done.paths[0]), done.paths[0].read_bytes().decode(), "\n".join(done.notes)


def test_every_student_has_a_row_with_the_points_of_each_exercise(course):
    done = export(course, "exercises")
    assert done.paths[0].name == f"{LAB}.csv"
    found = {row["student"]: row for row in rows(done.paths[0])}
    assert list(found) == ["4711", "ada", "bob", "zoe"]
    assert [float(found["bob"][e]) for e in ("1-double/double", "1-double/limit", "2-square/square")] == [
        2,
        0.75,
        1.5,
    ]
    assert (found["ada"]["1-double/q-why"], found["bob"]["1-double/q-why"]) == ("2.25", "")
    assert "answers wait for manual grading" in done.notes[0]
    assert "ada" not in done.notes[0]


def test_marks_hold_what_was_given_by_hand_and_what_lateness_takes(course):
    (path,) = export(course, "plain").paths
    found = {row["student"]: (float(row["points"]), float(row["late_penalty"])) for row in rows(path)}
    assert found == {"ada": (10.75, 0), "bob": (3.75, 0.5), "4711": (2.125, 0), "zoe": (8.5, 0)}
    assert {row["max_points"] for row in rows(path)} == {"11.0"}


def test_names_come_back_as_they_are_and_no_cell_is_a_formula(course):
    (path,) = export(course, "exercises").paths
    found = {row["student"]: (row["last_name"], row["first_name"]) for row in rows(path)}
    assert found["bob"] == ('O"Hara, B', "Bob\r\n")
    assert (found["ada"][0], found["4711"][1]) == ("'=1+1", "'@Ümit")


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "  =1", "＝1"])
def test_formulas_are_neutralised(text):
    assert neutral(text) == f"'{text}"
    assert neutral("name=1") == "name=1"


def test_parquet_has_types_and_the_texts_as_they_are(course):
    (path,) = export(course, "parquet").paths
    table = parquet.read_table(path)
    assert [str(table.schema.field(name).type) for name in ("student", "points", "needs_manual_grade")] == [
        "string",
        "double",
        "bool",
    ]
    found = {row["student"]: row for row in table.to_pylist()}
    assert found["ada"]["last_name"] == "=1+1"
    assert (found["ada"]["1-double/q-why"], found["bob"]["1-double/q-why"]) == (2.25, None)


MOODLE = (
    '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\r\n'
    '"Participant 4711","Ünal, Ümit",u@example.org,"Submitted for grading",,11.00,Yes,"Friday, 1 May 2026, 10:00 AM",-,\r\n'
    '"Participant 12","O""Hara",BOB.O@example.org,Submitted,"7.00",11.00,Yes,-,-,"<p>Line 1\nLine ""2""</p>"\r\n'
    'Participant 13,Zoe,zoe@example.org,Submitted,3,11.00,No,-,-,"=keep"\r\n'
    "Participant 14,Stranger,s@example.org,No submission,,11.00,Yes,-,-,\r\n"
)


def test_moodles_worksheet_is_filled_in_and_all_else_stays_byte_for_byte(course, tmp_path):
    found, text, notes = filled(course, tmp_path, "moodle", MOODLE)
    assert [row["Grade"] for row in found] == ["2.125", "3.75", "3", ""]
    assert text == MOODLE.replace('grading",,11', 'grading",2.125,11').replace('"7.00"', '"3.75"')
    assert "not in the file from Moodle: ada" in notes
    assert "Participant 14 Stranger" in notes
    assert "grade cannot be changed: Participant 13 Zoe" in notes


def test_moodles_importer_finds_its_columns_and_people(course, tmp_path):
    """The rules of mod/assign/feedback/offline/importgradeslib.php on an English site."""
    found, text, _ = filled(course, tmp_path, "moodle", MOODLE)
    head = next(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(head)
    assert [int(row["Identifier"][len("Participant ") :]) for row in found] == [4711, 12, 13, 14]
    assert all(re.fullmatch(r"\d*(\.\d+)?", row["Grade"]) for row in found)


def test_a_worksheet_of_another_language_is_filled_by_the_columns_name(course, tmp_path):
    text = "ID;Vollständiger Name;E-Mail-Adresse;Bewertung;Bestwertung;Zuletzt geändert (Bewertung)\n"
    text += "Teilnehmer/in9;Zoe;ZOE@example.org;;11,00;-\n"
    with pytest.raises(WorksheetError, match=r"has no column 'Grade'.*Bewertung"):
        filled(course, tmp_path, "moodle", text)
    assert filled(course, tmp_path, "moodle", text, column="Bewertung")[1] == text.replace(
        "Zoe;ZOE@example.org;", "Zoe;ZOE@example.org;8,5"
    )


def test_decimal_commas_are_kept(course, tmp_path):
    text = 'Identifier,Email address,Grade,Maximum Grade,Last modified (grade)\nParticipant 1,zoe@example.org,,"11,00",-\n'
    assert '"8,5"' in filled(course, tmp_path, "moodle", text)[1]


def test_another_maximum_is_refused_or_converted_and_too_much_is_cut(course, tmp_path):
    text = "Identifier,Email address,Grade,Maximum Grade,Last modified (grade)\nParticipant 1,zoe@example.org,,100,-\n"
    with pytest.raises(WorksheetError, match=r"the lab has 11 points, the file's column 100.*--scale"):
        filled(course, tmp_path, "moodle", text)
    assert filled(course, tmp_path, "moodle", text, scale=True)[0][0]["Grade"] == "77.2727"


CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,1-tiny (501),Other (502),Current Score,Final Score\n"
    ",,,,,Manual Posting,,,\n"
    "    Points Possible,,,,,11.00,5.00,(read only),(read only)\n"
    '"Lovelace, Ada",1001,S1,ada,Lab A,,4.00,80,80\n'
    '"O\'Hara, Bob",1002,S2,bob.o@example.org,"Lab A and Lab B",,,1,1\n'
    '"Nobody, Ned",1003,S3,ned,Lab A,2.00,,1,1\n'
    '"Ünal, Ümit",1005,S5,4711,Lab A,EX,,1,1\n'
    '"Student, Test",1004,,7f3a,Lab A,,,,\n'
)


def canvas_import(text):
    """Students, assignments and points possible by the rules of Canvas' lib/gradebook_importer.rb."""
    table = list(csv.reader(io.StringIO(text)))
    head = table[0]
    assert len(head) > 3
    assert "Student" in head[0]
    assert "ID" in head[1]
    count = 3
    if re.search(r"SIS\s+Login\s+ID", head[2]):
        count = 4
    elif re.search(r"SIS\s+User\s+ID", head[2]) and re.search(r"SIS\s+Login\s+ID", head[3]):
        count = 5 + ("Integration ID" in head[4])
    assert "Section" in head[count - 1]
    people, possible = {}, {}
    for row in table[1:]:
        grades = dict(zip(head[count:], row[count:], strict=True))
        if "Points Possible" in row[0]:
            possible = grades
        elif not all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", cell) for cell in row if cell):
            people[row[1] or row[3]] = grades
    return people, possible


def test_canvas_imports_its_gradebook_with_the_labs_column_only(course, tmp_path):
    _, text, notes = filled(course, tmp_path, "canvas", CANVAS)
    people, possible = canvas_import(text)
    assert possible == {"1-tiny (501)": "11.00"}
    assert people == {
        "1001": {"1-tiny (501)": "10.75"},
        "1002": {"1-tiny (501)": "3.75"},
        "1003": {"1-tiny (501)": "2.00"},
        "1005": {"1-tiny (501)": "EX"},
        "1004": {"1-tiny (501)": ""},
    }
    assert "but not in the file from Canvas: zoe" in notes
    assert "excused or without this lab: Ünal, Ümit" in notes
    assert "left as they were): Nobody, Ned" in notes


def test_canvas_gradebook_without_the_lab_names_what_it_has(course, tmp_path):
    with pytest.raises(
        WorksheetError, match=r"no column for 1-tiny; name one with --column \(it has: Lab one \(501\)"
    ):
        filled(course, tmp_path, "canvas", CANVAS.replace("1-tiny (501)", "Lab one (501)"))
    renamed = CANVAS.replace("1-tiny (501)", "Lab one (501)")
    _, text, _ = filled(course, tmp_path, "canvas", renamed, column="Lab one")
    assert canvas_import(text)[0]["1001"] == {"Lab one (501)": "10.75"}


def test_canvas_takes_a_file_made_without_its_gradebook(course):
    done = export(course, "canvas")
    people, possible = canvas_import(done.paths[0].read_text())
    assert possible == {LAB: "11"}
    assert people["bob"] == {LAB: "3.75"}
    assert "offer the lab as a new assignment" in done.notes[0]


def test_gradescope_reads_a_results_file_for_each_submission(course):
    paths = {
        path.parent.name: path for path in export(course, "gradescope", visibility="after_due_date").paths
    }
    assert list(paths) == ["4711", "ada", "bob", "zoe"]
    found = json.loads(paths["bob"].read_text())
    demand_results_json(found)
    assert found["score"] == 3.75
    exercises = {
        t["name"]: (t["score"], t["max_score"], t["visibility"]) for t in found["tests"] if "score" in t
    }
    assert exercises["1-double: double"] == (2.0, 4.0, "after_due_date")
    checks = [test for test in found["tests"] if test["name"] == "twice zero"]
    assert {(c["status"], c["output"], c["visibility"]) for c in checks} == {
        ("failed", "Seen.\nLike.", "after_published")
    }


def demand_results_json(found):
    """What Gradescope's documentation of results.json allows."""
    top = {
        "score",
        "execution_time",
        "output",
        "output_format",
        "test_output_format",
        "test_name_format",
        "visibility",
    }
    assert set(found) <= top | {"stdout_visibility", "extra_data", "tests", "leaderboard"}
    allowed = {
        "score",
        "max_score",
        "status",
        "name",
        "name_format",
        "number",
        "output",
        "output_format",
        "tags",
    }
    for test in found["tests"]:
        assert set(test) <= allowed | {"visibility", "extra_data"}
        assert test["visibility"] in VISIBILITIES
        assert test.get("status") in (None, "passed", "failed")
        assert test.get("score", 0.0) >= 0.0


def test_students_whose_files_were_collected_from_a_platform_are_found_by_their_names(tmp_path):
    ids = [clean_id("Zoë K."), clean_id("Ann Lee_12"), clean_id("Ann Lee_13"), "lovelaceada"]
    scores = [score(student) for student in ids]
    rows = {
        number: (name, named(name, str(number)))
        for number, name in ((11, "Zoë K."), (12, "Ann Lee"), (13, "Ann Lee"), (14, "lovelaceada"))
    }
    assert {number: found.student for number, found in match(rows, scores).found.items()} == dict(
        zip((11, 12, 13, 14), ids, strict=True)
    )


def test_canvas_rows_are_found_by_the_names_of_collected_files(tmp_path):
    path = tmp_path / "gradebook.csv"
    path.write_text(CANVAS)
    sheet = Worksheet(path)
    assert "lovelaceada" in canvas._keys(sheet, sheet.rows[2])
    assert canvas._keys(sheet, sheet.rows[0]) == canvas._keys(sheet, sheet.rows[1]) == []


def score(student, email=""):
    return Score(student, "", "", email)


def test_nobody_is_guessed():
    scores = [score("ada", "x@example.org"), score("bob", "bob@example.org"), score("12")]
    rows = {
        0: ("row 0", ["Participant 12", "12", "bob@example.org"]),  # the number says 12, the address says bob
        1: ("row 1", ["ada"]),
        2: ("row 2", ["x@example.org"]),  # ada twice
        3: ("row 3", ["nobody@example.org"]),
    }
    found = match(rows, scores)
    assert found.found == {}
    assert [line.split(" (")[0] for line in found.unclear] == ["row 0", "row 1", "row 2"]
    assert found.unknown_here == ["row 3"]


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2",
        'a,"b,\n""c"""\r\n,\r\n\r\n"",x\r\n',
        "\ufeffa;b\n1,5;2\n",
        "a\tb\rc\td\r",
        "",
        "a,b,\n1,2,",
    ],
)
def test_a_worksheet_that_nobody_fills_is_written_as_it_was(tmp_path, text):
    path = tmp_path / "sheet.csv"
    path.write_bytes(text.encode())
    sheet = Worksheet(path)
    assert sheet.write(tmp_path / "again.csv").read_bytes() == text.encode()
    parsed = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=sheet.delimiter))
    ours = [[row.value(i) for i in range(len(row.raw))] for row in [sheet.head_row, *sheet.rows]]
    assert [row for row in ours if row not in ([], [""])] == [row for row in parsed if row]


@pytest.mark.parametrize("content", [b'a,b\n"open,2\n', b"a,b\n\xff,1\n", b'a,b\n"x"y,1\n'])
def test_a_damaged_worksheet_is_named_with_a_cure(tmp_path, content):
    path = tmp_path / "sheet.csv"
    path.write_bytes(content)
    with pytest.raises(WorksheetError, match=r"sheet.csv.*(download|give the file)"):
        Worksheet(path)


def test_the_command_writes_and_tells(course, tmp_path, capsys):
    path = tmp_path / "sheet.csv"
    path.write_text(MOODLE)
    arguments = ["--course", str(course.root), "export", LAB, "--format", "moodle"]
    assert main([*arguments, "--worksheet", str(path)]) == 0
    said = capsys.readouterr()
    assert said.out.strip() == str(course.root / "exports" / f"{LAB}-moodle.csv")
    assert "not in the file from Moodle: ada" in said.err
    assert main(arguments) == 2
    assert "Moodle needs its own file" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_one_clear_line(course, tmp_path, capsys):
    root = tmp_path / "course"
    shutil.copytree(course.root, root, ignore=shutil.ignore_patterns("exports"))
    (root / "exports").write_text("a file where the folder should be")
    assert main(["--course", str(root), "export", LAB]) == 2
    assert capsys.readouterr().err == f"grader: {root / 'exports'}: File exists\n"
