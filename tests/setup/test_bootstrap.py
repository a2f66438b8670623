"""The set-up from a bare Python: it looks first, and its faults have words."""

import os
import subprocess
import sys

import pytest

from helpers import paths
from helpers.setup import environment
from helpers.setup.say import SetupError


def test_nothing_outside_the_standard_library_is_imported():
    code = "import helpers.setup.bootstrap, helpers.setup.kafka_native, sys; print([m for m in sys.modules if m in ('pika','rich','psutil','pamqp','redis','kafka')])"
    run = subprocess.run([sys.executable, "-S", "-E", "-c", code], cwd=paths.ROOT, capture_output=True, text=True)
    assert run.stdout.strip() == "[]", run.stderr


@pytest.mark.parametrize(
    ("output", "step"),
    [
        ("WARNING: Retrying ... NewConnectionError('...: [Errno 101] Network is unreachable')\nERROR: none", "network"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "free some space"),
    ],
)
def test_faults_of_pip_name_the_next_step(output, step):
    with pytest.raises(SetupError, match=step):
        raise SetupError(environment.explain(output))


def test_no_venv_module_is_told_by_the_package_to_install(tmp_path, monkeypatch):
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv/__main__.py").write_text("import sys; sys.exit('ensurepip is not available')")
    (tmp_path / "venv/__init__.py").write_text("")
    (tmp_path / "virtualenv.py").write_text("import sys; sys.exit(1)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(paths, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "PYTHON", tmp_path / ".venv/bin/python")
    with pytest.raises(SetupError, match="python3-venv"):
        environment.create()
    assert not (tmp_path / ".venv").exists()


def test_the_tools_come_first():
    assert sorted(line.split("=")[0] for line in environment.tool_requirements()) == sorted(environment.TOOLS)


def test_an_unknown_command_and_a_bare_call_list_the_commands():
    for arguments, code in (([], 2), (["--help"], 0), (["frobnicate"], 2)):
        run = subprocess.run([sys.executable, "-m", "helpers", *arguments], cwd=paths.ROOT, capture_output=True, text=True)
        assert run.returncode == code and "doctor" in run.stdout + run.stderr


def test_bare_make_lists_its_targets():
    run = subprocess.run(["make"], cwd=paths.ROOT, capture_output=True, text=True, env={**os.environ, "MAKEFLAGS": ""})
    for target in ("lab", "setup", "up", "down", "test", "bench", "clean"):
        assert f"make {target} " in run.stdout


def test_clean_names_what_it_removes_and_keeps_the_learners_work(tmp_path, monkeypatch, capsys):
    from helpers.setup import clean

    for name, folder in (("VENV", ".venv"), ("STATE", ".workbook"), ("CACHE", "cache"), ("WORK", "work")):
        monkeypatch.setattr(paths, name, tmp_path / folder)
        (tmp_path / folder).mkdir()
    for name in ("CACHE", "WORK"):
        monkeypatch.delenv(name, raising=False)
    assert clean.main() == 0
    said = capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "work"]
    assert str(tmp_path / ".venv") in said and "WORK=yes" in said
    monkeypatch.setenv("WORK", "yes")
    assert clean.main() == 0
    assert not (tmp_path / "work").exists() and (tmp_path / "cache").exists()
