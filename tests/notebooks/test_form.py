"""The form that every notebook of the course keeps (design: one idea per cell, outputs committed and clean)."""

import pathlib
import re

import badges
import nbformat
import pytest

ROOT = pathlib.Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SETUP = nbformat.read(ROOT / "notebooks" / "00_start_here.ipynb", as_version=4)


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def test_the_course_has_its_fifteen_notebooks():
    assert [p.stem for p in NOTEBOOKS] == [
        "00_start_here", "01_background", "02_1_core_concepts", "02_2_related_models", "03_1_generator",
        "03_2_discriminator", "03_3_training_strategy", "04_1_generator_code", "04_2_discriminator_code",
        "04_3_train_dcgan", "04_4_your_own_pictures", "05_1_trends", "05_2_challenges", "06_faq", "07_scaling_out",
    ]  # fmt: skip


def test_is_valid_and_executed_top_to_bottom(notebook):
    nbformat.validate(notebook)
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_has_the_set_up_cell_of_the_course_and_then_the_parameters(notebook):
    first, second = code_cells(notebook)[:2]
    assert first.source == code_cells(SETUP)[0].source
    assert "parameters" in second.metadata.get("tags", [])


def test_starts_with_what_the_learner_gets_and_ends_with_a_summary(notebook):
    text = notebook.cells[0].source
    assert text.startswith("# ")
    for word in ("be able to", "minutes", "two cores"):
        assert word in text
    headings = re.findall(r"^## (.+)$", "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown"), re.M)
    assert headings[-2:] == ["Exercises", "Summary"]


def test_shows_the_whole_machine_with_its_part_lit(notebook):
    before, cell = next((a, b) for a, b in zip(notebook.cells, notebook.cells[1:]) if "plots.overview(" in b.source)
    assert "## The idea" in before.source and "image/png" in cell.outputs[0].data


def test_pictures_in_text_have_a_text_for_those_who_do_not_see_them(notebook):
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert "<img" not in text
    assert all(len(alternative) >= 5 for alternative in re.findall(r"!\[(.*?)\]\(", text))


def test_code_cells_are_short_and_introduced(notebook):
    before = None
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert max(map(len, cell.source.splitlines())) <= 100, "no line that scrolls sideways"
            assert sum(1 for line in cell.source.splitlines() if line.strip()) <= 25, cell.source
            assert before is not None and before.cell_type == "markdown", f"no sentence before: {cell.source[:60]}"
        before = cell


def test_hollow_bars_are_asked_for_by_facecolor(notebook):
    """Colab's matplotlib 3.10.0 takes color="none" in a histogram for no colour at all and raises a ValueError."""
    for cell in code_cells(notebook):
        assert not re.search(r"""(?<![a-z])color["']?\s*[=:]\s*["']none""", cell.source), cell.source


def test_outputs_are_clean(notebook, path):
    assert path.stat().st_size < 1_500_000
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}, "widget state or other metadata"
    assert not any("widget" in kind for output in outputs(notebook) for kind in output.get("data", {}))
    assert not any(" at 0x" in output.get("data", {}).get("text/plain", "") for output in outputs(notebook))
    for output in outputs(notebook):
        assert not (output.output_type == "stream" and output.name == "stderr"), output.text
    machine = re.compile(r"(/home/|/root/|/Users/|/tmp/|/work/|site-packages|[A-Z]:\\\\)")
    assert not machine.search(path.read_text()), machine.search(path.read_text())


def test_errors_are_shown_only_where_they_teach(notebook):
    for cell in code_cells(notebook):
        failed = any(output.output_type == "error" for output in cell.outputs)
        assert failed == ("raises-exception" in cell.metadata.get("tags", [])), cell.source


def test_has_pictures_and_outputs_that_are_checked(notebook):
    assert any("image/png" in output.get("data", {}) for output in outputs(notebook))
    checked = [c for c in code_cells(notebook) if "nbval-check-output" in c.metadata.get("tags", [])]
    assert checked and all(cell.outputs for cell in checked)


def test_leads_to_the_chapters_before_and_after(notebook, path):
    n = NOTEBOOKS.index(path)
    links = re.search(r"^\*\*(Before|Next):\*\* .*$", notebook.cells[-1].source, re.M).group()
    after = [p.name for p in NOTEBOOKS[n + 1 : n + 2]] or ["assignments/A1.ipynb"]
    assert re.findall(r"\]\((.+?)\)", links) == [p.name for p in NOTEBOOKS[:n][-1:]] + after


def test_links_lead_somewhere(notebook, path):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", cell.source):
                assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", badges.notebooks(), ids=lambda path: "/".join(path.parts[-2:]))
def test_headings_are_a_tree_without_jumps(path):
    text = "\n".join(c.source for c in nbformat.read(path, 4).cells if c.cell_type == "markdown")
    levels = [len(marks) for marks in re.findall(r"^(#+) ", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)]
    assert levels[0] == 1 and min(levels[1:]) == 2
    assert all(b <= a + 1 for a, b in zip(levels, levels[1:]))


@pytest.mark.parametrize("path", badges.notebooks(), ids=lambda path: "/".join(path.parts[-2:]))
def test_badge_and_set_up_name_the_projects_repository(path):
    notebook, repo = nbformat.read(path, 4), badges.repository()
    assert badges.badge(path, repo) in notebook.cells[0].source.splitlines()
    assert code_cells(notebook)[0].source.startswith(badges.install_lines(repo))


def test_another_repository_changes_badge_and_set_up(tmp_path, monkeypatch):
    copy = tmp_path / "notebooks" / "00_start_here.ipynb"
    copy.parent.mkdir()
    copy.write_text(NOTEBOOKS[0].read_text())
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    (tmp_path / "notebooks" / "assignments").mkdir()
    monkeypatch.setattr(badges, "ROOT", tmp_path)
    badges.main("someone/else")
    assert badges.repository() == "someone/else"
    notebook = nbformat.read(copy, 4)
    assert "github/someone/else/blob/main/notebooks/00_start_here.ipynb" in notebook.cells[0].source
    assert "git+https://github.com/someone/else" in code_cells(notebook)[0].source
    with pytest.raises(SystemExit, match="REPO must be owner/name"):
        badges.main("no address")
