"""`proofroom runs`: what was asked before is found, shown, taken out and asked again."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Proofroom, Said
from tests.cli.test_processes import shell
from tests.support.fault_server import FaultServer
from tests.support.lab import Lab

from proofroom.workspace import database, marks


@pytest.fixture
def asked(proofroom: Proofroom, lab: Lab, server: FaultServer) -> list[str]:
    """Ask `greet@1` three times of a server that says what it was told; ids, newest first."""
    server.set("ok", echo=True)
    lab.provider("lab", server.url("ok"))
    proofroom("prompt", "new", "greet", given="Greet {{ name }}.")
    proofroom("prompt", "save", "greet")
    for name in ("Ada", "Kurt", "=Grace"):
        arguments = ("compare", "greet@1", "--model", "lab/a", "--input", f"name={name}")
        assert proofroom(*arguments).code == 0
    return [str(run["id"]) for run in lines(proofroom("runs", "list", "--json"))]


def lines(said: Said) -> list[dict[str, object]]:
    assert said.code == 0, said.err
    return [json.loads(line) for line in said.out.splitlines()]


def test_runs_are_listed_newest_first(proofroom: Proofroom, asked: list[str]) -> None:
    said = proofroom("runs", "list")
    heads, *rows = [line.split("\t") for line in said.out.splitlines()]
    assert heads == ["Run", "When", "Status", "Prompt", "Model", "Latency", "Cost", "Answer"]
    assert [row[0] for row in rows] == asked
    assert [(row[2], row[3], row[4], row[7]) for row in rows[:2]] == [
        ("Done", "greet v1", "lab/a", "Greet =Grace."),
        ("Done", "greet v1", "lab/a", "Greet Kurt."),
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ((), ["=Grace", "Kurt", "Ada"]),
        (("prompt:greet", "ada"), ["Ada"]),
        (("-ada", "--limit", "1"), ["=Grace"]),
        (("greet", "-kurt", "status:ok"), ["=Grace", "Ada"]),
        (("-status:ok",), []),
        (("--", "-kurt"), ["=Grace", "Ada"]),
        (("greet ada",), ["Ada"]),
        (("tag:odd one",), ["Kurt"]),
    ],
)
def test_a_query_finds_its_runs(
    proofroom: Proofroom, lab: Lab, asked: list[str], query: tuple[str, ...], names: list[str]
) -> None:
    key = lab.db.execute("SELECT key FROM runs WHERE id = ?", (asked[1],)).fetchone()[0]
    marks.add(lab.db, "tag", "run", key, "odd one")
    found = lines(proofroom("runs", "list", "--json", *query))
    assert [run["output"] for run in found] == [f"Greet {name}." for name in names]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("--sort", "latency"), ["Ada", "=Grace", "Kurt"]),
        (("--sort", "latency", "--reverse"), ["Kurt", "=Grace", "Ada"]),
        (("--sort", "time", "--reverse"), ["Ada", "Kurt", "=Grace"]),
        (("--sort", "latency", "--limit", "1", "-ada"), ["=Grace"]),
        (("--sort", "cost", "cost>0"), ["Kurt"]),
    ],
)
def test_runs_are_sorted(
    proofroom: Proofroom, lab: Lab, asked: list[str], arguments: tuple[str, ...], names: list[str]
) -> None:
    with database.writing(lab.db):
        for run, latency, cost in zip(asked, (20, 10, 30), (0, 7, 0), strict=True):
            sql = "UPDATE runs SET latency_us = ?, cost_nano_usd = ? WHERE id = ?"
            lab.db.execute(sql, (latency, cost, run))
    found = lines(proofroom("runs", "list", "--json", *arguments))
    assert [run["output"] for run in found] == [f"Greet {name}." for name in names]


def test_runs_are_gathered_by_prompt_and_comparison(proofroom: Proofroom, asked: list[str]) -> None:
    assert len(asked) == 3
    by_prompt = lines(proofroom("runs", "list", "--by", "prompt", "--json"))
    assert [(one["prompt"], one["runs"], one["failed"]) for one in by_prompt] == [("greet", 3, 0)]
    said = proofroom("runs", "list", "--by", "comparison", "ada")
    heads, row = [line.split("\t") for line in said.out.splitlines()]
    assert (heads[:3], row[1:3]) == (["Comparison", "Runs", "Failed"], ["1", "0"])


@pytest.mark.parametrize("order", [("--sort", "cost"), ("--reverse",)])
def test_gathered_runs_take_no_order(proofroom: Proofroom, order: tuple[str, ...]) -> None:
    said = proofroom("runs", "list", "--by", "prompt", *order)
    assert (said.code, said.out) == (2, "")
    assert "leave --sort and --reverse out" in said.err


def test_a_search_shows_where_the_words_stand(proofroom: Proofroom, asked: list[str]) -> None:
    said = proofroom("runs", "search", "kurt")
    assert said.out.splitlines()[1].split("\t")[-1] == "Greet [Kurt]."
    (found,) = lines(proofroom("runs", "search", "kurt", "--json"))
    assert (found["id"], found["hit"]) == (asked[1], {"side": "output", "text": "Greet Kurt."})


def test_a_wrong_query_is_one_line_that_says_what_to_write(
    proofroom: Proofroom, asked: list[str]
) -> None:
    del asked
    said = proofroom("runs", "list", "stats:ok")
    assert (said.code, said.out) == (1, "")
    assert said.err.count("\n") == 1
    assert "Did you mean status?" in said.err
    assert proofroom("runs", "list", "prompt:gret").err.count("Did you mean greet?") == 1
    assert proofroom("runs", "list", "--jsn").code == 2


def test_a_run_is_shown_whole(proofroom: Proofroom, asked: list[str]) -> None:
    said = proofroom("runs", "show", asked[2].lower())
    for words in (
        asked[2],
        "greet v1",
        "lab/a",
        "Attempt 1",
        "User:\nGreet Ada.",
        "Answer:\nGreet",
    ):
        assert words in said.out
    told = json.loads(proofroom("runs", "show", asked[2], "--json").out)
    assert (told["run"]["id"], told["attempts"][0]["http_status"]) == (asked[2], 200)


@pytest.mark.parametrize("form", ["curl", "openai", "anthropic", "litellm"])
def test_a_run_is_shown_as_code(proofroom: Proofroom, asked: list[str], form: str) -> None:
    said = proofroom("runs", "show", asked[2], "--as", form)
    assert said.code == 0, said.err
    assert "Greet Ada." in said.out
    if form != "curl":
        compile(said.out, form, "exec")


def test_a_failure_says_the_command_that_mends_it(
    proofroom: Proofroom, lab: Lab, server: FaultServer
) -> None:
    lab.provider("lab", server.url("401"))
    proofroom("compare", "-", "--model", "lab/a", given="Hello")
    (run,) = lines(proofroom("runs", "list", "status:failed", "--json"))
    said = proofroom("runs", "show", str(run["id"]))
    assert "proofroom keys set lab" in said.out
    assert "in Settings" not in said.out


def test_an_id_that_fits_two_runs_names_both(proofroom: Proofroom, asked: list[str]) -> None:
    start = asked[0][:4]
    said = proofroom("runs", "show", start)
    assert said.code == 1
    assert asked[2] in said.err
    assert asked[1] in said.err
    assert "There is no run “ZZ”" in proofroom("runs", "show", "ZZ").err


@pytest.mark.parametrize("to_file", [True, False])
def test_runs_are_exported_with_their_whole_texts(
    proofroom: Proofroom, asked: list[str], tmp_path: Path, *, to_file: bool
) -> None:
    out = tmp_path / "runs.jsonl"
    said = proofroom("runs", "export", "prompt:greet", *(("--out", str(out)) if to_file else ()))
    text = out.read_text(encoding="utf-8") if to_file else said.out
    told = [json.loads(line) for line in text.splitlines()]
    assert [run["id"] for run in told] == asked
    assert told[2]["messages"] == [
        {"role": "user", "parts": [{"type": "text", "text": "Greet Ada."}]}
    ]


def test_csv_runs_no_formula_and_no_file_is_replaced_unasked(
    proofroom: Proofroom, lab: Lab, asked: list[str], tmp_path: Path
) -> None:
    key = lab.db.execute("SELECT key FROM runs WHERE id = ?", (asked[0],)).fetchone()[0]
    marks.add(lab.db, "note", "run", key, '=1+1, "so"\nit is')
    out = tmp_path / "runs.csv"
    arguments = ("runs", "export", "--format", "csv", "--out", str(out))
    assert proofroom(*arguments).code == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == asked
    assert (rows[0]["output"], rows[0]["tool_calls"]) == ("Greet =Grace.", "")
    assert rows[0]["note"] == '\'=1+1, "so"\nit is'
    out.write_text("mine", encoding="utf-8")
    assert "exists" in proofroom(*arguments).err
    assert out.read_text(encoding="utf-8") == "mine"
    assert proofroom(*arguments, "--yes").code == 0
    assert not list(tmp_path.glob(".runs*"))


def test_a_rerun_asks_the_same_again(
    proofroom: Proofroom, asked: list[str], server: FaultServer
) -> None:
    before = server.count()
    said = proofroom("runs", "rerun", asked[0], asked[2], asked[0])
    assert said.code == 0, said.err
    assert server.count() - before == 2
    found = lines(proofroom("runs", "list", "--json", "--limit", "2"))
    assert {(run["output"], run["version"]) for run in found} == {
        ("Greet =Grace.", "v1"),
        ("Greet Ada.", "v1"),
    }


def test_a_rerun_changes_one_thing(
    proofroom: Proofroom, asked: list[str], server: FaultServer
) -> None:
    said = proofroom("runs", "rerun", asked[0], "--model", "lab/b", "--set", "temperature=0.5")
    assert said.code == 0, said.err
    sent = server.requests[-1].body
    assert (sent["model"], sent["temperature"]) == ("b", 0.5)
    assert sent["messages"][0]["content"] == "Greet =Grace."
    newest = lines(proofroom("runs", "list", "--json", "--limit", "1"))[0]
    assert (newest["model"], newest["version"]) == ("b", "draft")
    assert proofroom("runs", "rerun", asked[0], "--model", "lab/c").code == 0
    newest = lines(proofroom("runs", "list", "--json", "--limit", "1"))[0]
    assert (newest["model"], newest["version"]) == ("c", "v1")


@pytest.mark.parametrize(
    ("setting", "said"), [("warmth=2", "temperature"), ("temperature=hot", "--set"), ("seed", "=")]
)
def test_a_rerun_with_a_setting_that_is_none_is_wrong_usage(
    proofroom: Proofroom, asked: list[str], setting: str, said: str
) -> None:
    result = proofroom("runs", "rerun", asked[0], "--set", setting)
    assert (result.code, said in result.err) == (2, True)


def test_a_large_rerun_of_several_models_asks_first(
    proofroom: Proofroom, lab: Lab, server: FaultServer, tmp_path: Path
) -> None:
    lab.provider("lab", server.url("ok"))
    table = tmp_path / "many.csv"
    table.write_text("n\n" + "".join(f"{n}\n" for n in range(101)), encoding="utf-8")
    arguments = ("compare", "-", "--model", "lab/a", "--model", "lab/b", "--yes")
    assert proofroom(*arguments, "--inputs", str(table), given="{{ n }}").code == 0
    found = lines(proofroom("runs", "list", "--json", "--limit", "500"))
    before = server.count()
    said = proofroom("runs", "rerun", *(str(run["id"]) for run in found))
    assert (said.code, server.count()) == (1, before)
    assert "202 calls" in said.err
    assert "--yes" in said.err


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("command", ["list --json", "export", "export --format csv", "list"])
def test_a_reader_that_had_enough_is_no_error(lab: Lab, command: str) -> None:
    said = shell(lab, f"for n in 1 2 3; do p runs {command} | true; done")
    assert said.stderr == ""
    assert said.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.usefixtures("asked")
def test_a_full_disk_behind_standard_output_is_not_the_workspaces(lab: Lab) -> None:
    said = shell(lab, "p runs export > /dev/full")
    assert (said.returncode, said.stderr.count("\n")) == (1, 1)
    assert "lab.proofspace" not in said.stderr


def test_a_new_workspace_has_no_runs(proofroom: Proofroom) -> None:
    assert proofroom("runs", "list").err == "No runs yet.\n"
    assert proofroom("runs", "list", "status:failed").err == "No run fits.\n"
    assert lines(proofroom("runs", "list", "--json")) == []
