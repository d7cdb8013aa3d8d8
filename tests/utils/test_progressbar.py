"""The progress bar: on stdout, complete at the end, silent while grading."""

from utils import progress


def test_every_item_comes_through_in_order(capsys):
    assert list(progress(range(5), "epochs")) == [0, 1, 2, 3, 4]
    out, err = capsys.readouterr()
    assert "epochs [##############################] 5/5" in out
    assert err == ""


def test_an_iterable_without_length_is_counted(capsys):
    assert list(progress(iter("abc"))) == ["a", "b", "c"]
    assert "3/3" in capsys.readouterr().out


def test_an_empty_iterable_is_no_error(capsys):
    assert list(progress([])) == []


def test_nothing_is_shown_while_grading(capsys, monkeypatch):
    monkeypatch.setenv("GRADING", "1")
    assert list(progress([1, 2])) == [1, 2]
    assert capsys.readouterr().out == ""


def test_the_time_left_is_shown_on_the_way(capsys, monkeypatch):
    monkeypatch.setattr("utils.progressbar._SECONDS_BETWEEN", 0.0)
    list(progress(range(3)))
    assert "s left" in capsys.readouterr().out


def test_nothing_of_a_longer_line_is_left_under_the_last_one(capsys, monkeypatch):
    monkeypatch.setattr("utils.progressbar._SECONDS_BETWEEN", 0.0)
    list(progress(range(12), "epochs"))
    screen = ""
    for line in capsys.readouterr().out.rstrip("\n").split("\r"):
        screen = line + screen[len(line) :]
    assert screen.strip() == line.strip()
    assert screen.rstrip().endswith(" s")
